/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - findings as lines and as files
 *
 * A findings directory belongs to one (target, implementation). Files get
 * their names when they are complete and are never written again, so several
 * processes may share it; each identity is saved once per process, and those found in the
 * directory at the start are not saved again.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "session.h"

/* Process-level, like the session: what was reported, by hash. */
#define MAX_KNOWN	4096
static uint64_t known[MAX_KNOWN];
static unsigned int nr_known;

void report_from_result(const struct target_result *result,
			struct report *report)
{
	*report = (struct report){
		.exit_code = target_exit_code(result),
		.identity = result->identity,
		.oracle = result->finding.oracle,
		.what = result->finding.what,
		.why = result->finding.why,
		.step = result->finding.step,
		.time_ns = result->finding.time_ns,
	};
}

void report_print(FILE *out, const struct report *report, const char *file)
{
	fprintf(out, "FAIL %s: %s: %s [step %" PRIu64 " t=%" PRIu64 "ns]\n",
		session.target_name, report->oracle, report->what,
		report->step, report->time_ns);
	fprintf(out, "WHY  %s\n", report->why[0] ? report->why :
						   report->identity);
	if (file)
		fprintf(out, "REPRO vtb repro %s\n", file);
	fflush(out);
}

static uint64_t hash_text(const char *text)
{
	return XXH64(text, strlen(text), 0);
}

bool report_is_known(const char *identity)
{
	uint64_t hash = hash_text(identity);
	unsigned int i;

	for (i = 0; i < nr_known; i++)
		if (known[i] == hash)
			return true;
	return false;
}

void report_remember(const char *identity)
{
	if (nr_known < MAX_KNOWN && !report_is_known(identity))
		known[nr_known++] = hash_text(identity);
}

void report_load_known(const char *dir)
{
	struct program_peek peek;
	struct dirent *entry;
	char path[4096], error[256];
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (!strstr(entry->d_name, ".vtb"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (!program_peek(&peek, path, error, sizeof(error)) &&
		    peek.expect[0])
			report_remember(peek.expect);
	}
	closedir(d);
}

void report_load_list(const char *path)
{
	char line[PROGRAM_MAX_EXPECT + 2];
	FILE *file = fopen(path, "re");

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			report_remember(line);
	}
	if (file)
		fclose(file);
}

void report_slug(const char *identity, char *slug, size_t size)
{
	size_t n = 0;

	for (; *identity && n + 1 < size && n < 100; identity++) {
		char c = *identity;

		if (!isalnum((unsigned char)c) && c != '_')
			c = '-';
		slug[n++] = c;
	}
	slug[n] = '\0';
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, data, size);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

int report_write_file(const char *path, const uint8_t *data, size_t size)
{
	char part[4096 + 32];
	int fd, rc;

	/* The pid keeps processes apart that share the folder. */
	snprintf(part, sizeof(part), "%s.%d.part", path, (int)getpid());
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, data, size);
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && link(part, path))
		rc = -errno;
	unlink(part);
	return rc;
}

/* What cannot be kept on disk is at least shown. */
static void __attribute__((noreturn))
cannot_save(const struct program *program, const char *path, int rc)
{
	static char text[256 << 10];

	program_print(program, text, sizeof(text));
	fprintf(stderr, "vtb: cannot save the finding as %s: %s\n"
			"vtb: the program follows; keep it as a .scn file\n%s",
		path, strerror(-rc), text);
	fflush(NULL);
	_exit(VTB_EXIT_BENCH);
}

/* The saved copy says what it shows and what it ran in. */
static void add_origin(struct program *copy, const struct report *report)
{
	snprintf(copy->expect, sizeof(copy->expect), "%s", report->identity);
	copy->expect_in[0] = '\0';
	snprintf(copy->implementation, sizeof(copy->implementation), "%s",
		 session.implementation);
	snprintf(copy->build, sizeof(copy->build), "%s", session.build);
}

static void finding_path(const struct report *report, const uint8_t *data,
			 size_t size, unsigned int n, char *path,
			 size_t path_size)
{
	char slug[128];

	report_slug(report->identity, slug, sizeof(slug));
	if (session.mode == SESSION_CAMPAIGN)
		snprintf(path, path_size, "%s/%s-%u.vtb", session.findings_dir,
			 slug, n);
	else if (session.artifact_path)
		snprintf(path, path_size, "%s", session.artifact_path);
	else
		snprintf(path, path_size, "%s%s-%016" PRIx64,
			 session.artifact_prefix ? session.artifact_prefix : "",
			 report->exit_code == VTB_EXIT_LIVENESS ? "timeout" :
								  "crash",
			 XXH64(data, size, 0));
}

void report_save(const struct program *program, const struct report *report,
		 char *path, size_t size)
{
	static struct program copy;
	static uint8_t data[PROGRAM_MAX_FILE];
	unsigned int n = 1;
	size_t length;
	int rc;

	copy = *program;
	add_origin(&copy, report);
	length = program_encode(&copy, true, data, sizeof(data));
	sim_assert(length);
	do {
		finding_path(report, data, length, n++, path, size);
		if (session.mode == SESSION_FUZZ)
			unlink(path);	/* same name, same content */
		rc = report_write_file(path, data, length);
	} while (rc == -EEXIST);
	if (rc)
		cannot_save(&copy, path, rc);
}

/* The line that services which run libFuzzer look for. */
static void announce(const char *path)
{
	fprintf(stderr, "artifact_prefix='%s'; Test unit written to %s\n",
		session.artifact_prefix ? session.artifact_prefix : "", path);
}

void report_keep(const struct program *program, const struct report *report)
{
	char path[4096];

	if (session.mode == SESSION_CAMPAIGN &&
	    report_is_known(report->identity))
		return;
	report_remember(report->identity);
	/* An engine of that kind keeps the input itself. */
	if (session.mode == SESSION_FUZZ && session.die_by_signal) {
		report_print(stderr, report, NULL);
		return;
	}
	report_save(program, report, path, sizeof(path));
	if (session.mode == SESSION_FUZZ)
		announce(path);
	else
		session_stats(true);	/* after how many programs */
	report_print(stderr, report, path);
}

void report_finding(const struct program *program,
		    const struct target_result *result)
{
	struct report report;

	report_from_result(result, &report);
	if (session.mode == SESSION_FUZZ && report_is_known(report.identity))
		return;
	session.worst = session_worse(session.worst, report.exit_code);
	report_keep(program, &report);
	if (session.mode == SESSION_FUZZ)
		session_die(report.exit_code);
}
