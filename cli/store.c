/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.c - the findings of a campaign's folder, in SQLite
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store.h"

#define BUSY_MS		1000

/* Kept in the database, so that a later version knows what it has before it. */
#define STORE_VERSION	1

struct store {
	sqlite3 *db;		/* NULL: it cannot be used */
	int lock_fd;
	char path[CLI_PATH];
	int64_t campaign;	/* row of this one */
	bool is_new;
	bool failed;
};

static const char schema[] =
"BEGIN;"
"CREATE TABLE campaign ("
"  id INTEGER PRIMARY KEY, started TEXT NOT NULL);"
"CREATE TABLE sighting ("
"  target TEXT NOT NULL, identity TEXT NOT NULL,"
"  implementation TEXT NOT NULL,"
"  oracle TEXT NOT NULL,"
"  class TEXT NOT NULL CHECK (class IN"
"    ('safety', 'liveness', 'nondeterminism', 'unknown')),"
"  status TEXT NOT NULL CHECK (status IN ('new', 'known', 'fixed')),"
"  reason TEXT NOT NULL,"
"  first_build TEXT NOT NULL, first_seen TEXT NOT NULL,"
"  last_seen TEXT NOT NULL,"
"  file TEXT NOT NULL, minimised TEXT NOT NULL,"
"  files INTEGER NOT NULL, campaigns INTEGER NOT NULL,"
"  last_campaign INTEGER NOT NULL REFERENCES campaign (id),"
"  PRIMARY KEY (target, identity, implementation)) WITHOUT ROWID;"
/* With one min() SQLite takes the plain columns from the row of the minimum. */
"CREATE VIEW finding AS SELECT"
"  target, identity, group_concat(implementation) AS implementations,"
"  oracle, class,"
"  CASE WHEN sum(status = 'new') THEN 'new'"
"       WHEN sum(status = 'known') THEN 'known' ELSE 'fixed' END AS status,"
"  first_build, min(first_seen) AS first_seen,"
"  file, minimised, sum(files) AS files"
"  FROM sighting GROUP BY target, identity;"
"PRAGMA user_version = 1;"
"COMMIT;";

const char *finding_status_name(enum finding_status status)
{
	static const char *const names[] = {
		[FINDING_NEW] = "new",
		[FINDING_KNOWN] = "known",
		[FINDING_FIXED] = "fixed",
	};

	return names[status];
}

static const char *class_name(int exit_code)
{
	switch (exit_code) {
	case VTB_EXIT_SAFETY:
		return "safety";
	case VTB_EXIT_LIVENESS:
		return "liveness";
	case VTB_EXIT_NONDETERMINISM:
		return "nondeterminism";
	default:
		return "unknown";
	}
}

static void utc(int64_t seconds, char text[32])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* Said once; afterwards the store is left alone until the next start. */
static void give_up(struct store *store, const char *why)
{
	if (!store->failed)
		fprintf(stderr, "vtb: %s cannot be used: %s; findings are safe in their "
			"files, and the next start brings the store up to date\n",
			store->path, why);
	store->failed = true;
	sqlite3_close(store->db);
	store->db = NULL;
}

bool store_failed(const struct store *store)
{
	return store->failed;
}

bool store_is_new(const struct store *store)
{
	return store->is_new;
}

/* -- opening -- */

/* Who holds the lock wrote its process number into the file. */
static int say_locked(int fd, const char *out)
{
	char pid[16] = "";

	if (pread(fd, pid, sizeof(pid) - 1, 0) < 1)
		strcpy(pid, "?");
	pid[strcspn(pid, "\n")] = '\0';
	fprintf(stderr, "vtb: another campaign (process %s) is running in %s; "
		"wait for its end or give another --out\n", pid, out);
	return -EBUSY;
}

/* Returns the descriptor that holds the folder, or a negative errno. */
static int lock_folder(const char *out)
{
	char path[CLI_PATH];
	int fd, rc;

	fd = open(cli_path(path, "%s/campaign.lock", out),
		  O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		rc = -errno;
		fprintf(stderr, "vtb: cannot write %s: %s\n", path,
			strerror(-rc));
		return rc;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		rc = say_locked(fd, out);
		close(fd);
		return rc;
	}
	/* Only people read it: a full disk may leave it empty. */
	if (ftruncate(fd, 0) || dprintf(fd, "%d\n", (int)getpid()) < 0)
		return fd;
	return fd;
}

static int user_version(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	int version = -1;

	if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL))
		return -1;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return version;
}

static bool is_sound(sqlite3 *db)
{
	sqlite3_stmt *stmt;
	bool sound = false;

	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL))
		return false;
	if (sqlite3_step(stmt) == SQLITE_ROW)
		sound = !strcmp((const char *)sqlite3_column_text(stmt, 0),
				"ok");
	sqlite3_finalize(stmt);
	return sound;
}

/* One result code, though a damaged file shows itself in several. */
static int open_db(struct store *store)
{
	int rc = sqlite3_open(store->path, &store->db);

	if (rc)
		return rc;
	sqlite3_busy_timeout(store->db, BUSY_MS);
	/* A database that a power cut breaks is rebuilt: no need to wait. */
	rc = sqlite3_exec(store->db, "PRAGMA synchronous = OFF;"
			  "BEGIN EXCLUSIVE; COMMIT", NULL, NULL, NULL);
	if (rc)
		return rc;
	switch (user_version(store->db)) {
	case 0:
		store->is_new = true;
		return sqlite3_exec(store->db, schema, NULL, NULL, NULL);
	case STORE_VERSION:
		return is_sound(store->db) ? SQLITE_OK : SQLITE_CORRUPT;
	default:
		return SQLITE_NOTADB;
	}
}

/* Out of the way, under a name that is free; nothing is thrown away. */
static int move_aside(struct store *store)
{
	char aside[CLI_PATH];
	unsigned int n;

	sqlite3_close(store->db);
	store->db = NULL;
	for (n = 1; n < 1000; n++) {
		cli_path(aside, "%s.damaged-%u", store->path, n);
		if (!cli_exists(aside))
			break;
	}
	if (rename(store->path, aside))
		return -errno;
	fprintf(stderr, "vtb: %s is damaged: kept as %s, and rebuilt from the files\n",
		store->path, aside);
	return 0;
}

static bool is_damaged(int rc)
{
	rc &= 0xff;
	return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ||
	       rc == SQLITE_ERROR;
}

static void open_or_rebuild(struct store *store)
{
	int rc = open_db(store);

	if (is_damaged(rc) && !move_aside(store)) {
		store->is_new = false;
		rc = open_db(store);
	}
	if (rc)
		give_up(store, (rc & 0xff) == SQLITE_BUSY ?
			"another program has locked it" : sqlite3_errstr(rc));
}

/* -- statements -- */

/* Prepares; a failure ends the use of the store. */
static sqlite3_stmt *prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *stmt;

	if (!store->db)
		return NULL;
	if (!sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL))
		return stmt;
	give_up(store, sqlite3_errmsg(store->db));
	return NULL;
}

static void bind_text(sqlite3_stmt *stmt, const char *name, const char *text)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at)
		sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT);
}

static void bind_number(sqlite3_stmt *stmt, const char *name, int64_t number)
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at)
		sqlite3_bind_int64(stmt, at, number);
}

static void bind_key(sqlite3_stmt *stmt, const struct store_sighting *key)
{
	bind_text(stmt, ":target", key->target);
	bind_text(stmt, ":identity", key->identity);
	bind_text(stmt, ":implementation", key->implementation);
}

/* Runs a statement that gives no rows, and frees it. */
static void run(struct store *store, sqlite3_stmt *stmt)
{
	char why[256] = "";

	if (sqlite3_step(stmt) != SQLITE_DONE)
		snprintf(why, sizeof(why), "%s", sqlite3_errmsg(store->db));
	sqlite3_finalize(stmt);
	if (why[0])
		give_up(store, why);
}

static void begin_campaign(struct store *store)
{
	sqlite3_stmt *stmt;
	char now[32];

	stmt = prepare(store, "INSERT INTO campaign (started) VALUES (:now)");
	if (!stmt)
		return;
	utc(time(NULL), now);
	bind_text(stmt, ":now", now);
	run(store, stmt);
	if (store->db)
		store->campaign = sqlite3_last_insert_rowid(store->db);
}

int store_open(struct store **storep, const char *out)
{
	struct store *store;
	int fd = lock_folder(out);

	if (fd < 0)
		return fd;
	store = calloc(1, sizeof(*store));
	sim_assert(store);
	store->lock_fd = fd;
	cli_path(store->path, "%s/findings.db", out);
	open_or_rebuild(store);
	begin_campaign(store);
	*storep = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	close(store->lock_fd);
	free(store);
}

/* -- sightings -- */

static const char put_sql[] =
"INSERT INTO sighting VALUES ("
"  :target, :identity, :implementation, :oracle, :class, :status, :reason,"
"  :build, :found, :now, :file, :minimised, :files, 1, :campaign)"
" ON CONFLICT DO UPDATE SET"
"  class = iif(excluded.class = 'unknown', class, excluded.class),"
"  status = excluded.status, reason = excluded.reason,"
"  last_seen = excluded.last_seen, file = excluded.file,"
"  minimised = excluded.minimised, files = excluded.files,"
"  campaigns = campaigns + (last_campaign <> excluded.last_campaign),"
"  last_campaign = excluded.last_campaign";

void store_put(struct store *store, const struct store_sighting *s)
{
	sqlite3_stmt *stmt = prepare(store, put_sql);
	char found[32], now[32];

	if (!stmt)
		return;
	utc(s->found_s, found);
	utc(time(NULL), now);
	bind_key(stmt, s);
	bind_text(stmt, ":oracle", s->oracle);
	bind_text(stmt, ":class", class_name(s->exit_code));
	bind_text(stmt, ":status", finding_status_name(s->status));
	bind_text(stmt, ":reason", s->reason);
	bind_text(stmt, ":build", s->build);
	bind_text(stmt, ":found", found);
	bind_text(stmt, ":now", now);
	bind_text(stmt, ":file", s->file);
	bind_text(stmt, ":minimised", s->minimised);
	bind_number(stmt, ":files", s->files);
	bind_number(stmt, ":campaign", store->campaign);
	run(store, stmt);
}

static const char *column(sqlite3_stmt *stmt, int at)
{
	return (const char *)sqlite3_column_text(stmt, at);
}

bool store_get(struct store *store, const struct store_sighting *key,
	       struct store_memory *memory)
{
	sqlite3_stmt *stmt = prepare(store,
		"SELECT first_build, first_seen, campaigns"
		" FROM sighting WHERE target = :target AND"
		" identity = :identity AND implementation = :implementation");
	bool found;

	if (!stmt)
		return false;
	bind_key(stmt, key);
	found = sqlite3_step(stmt) == SQLITE_ROW;
	if (found) {
		snprintf(memory->first_build, sizeof(memory->first_build),
			 "%s", column(stmt, 0));
		snprintf(memory->first_seen, sizeof(memory->first_seen), "%s",
			 column(stmt, 1));
		memory->campaigns = (unsigned int)sqlite3_column_int(stmt, 2);
	}
	sqlite3_finalize(stmt);
	return found;
}

/* A statement that is being stepped through sees no changes: first, collect. */
unsigned int store_forget(struct store *store,
			  bool (*is_gone)(void *context, const char *file),
			  void *context)
{
	sqlite3_stmt *all = prepare(store, "SELECT DISTINCT file FROM sighting");
	sqlite3_stmt *stmt;
	char **gone = NULL;
	unsigned int nr = 0, i;

	while (all && sqlite3_step(all) == SQLITE_ROW) {
		if (!is_gone(context, column(all, 0)))
			continue;
		gone = realloc(gone, (nr + 1) * sizeof(*gone));
		sim_assert(gone);
		gone[nr] = strdup(column(all, 0));
		sim_assert(gone[nr++]);
	}
	sqlite3_finalize(all);
	for (i = 0; i < nr; i++) {
		stmt = prepare(store, "DELETE FROM sighting WHERE file = :file");
		if (stmt) {
			bind_text(stmt, ":file", gone[i]);
			run(store, stmt);
		}
	}
	cli_free_names(gone, nr);
	return nr;
}
