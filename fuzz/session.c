/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.c - what this process is doing, and running programs under watch
 */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <fuzz/upstream.h>
#include <kernel/race.h>
#include <vtb/build_id.h>

#include "session.h"

struct session session = {
	.hang_seconds = 20,
	.prefixes = TARGET_PREFIXES_ALL,
};

/*
 * bin/<target>.<implementation>; services that want no dots in names get
 * <target>-<implementation> with "_" for them: "iova_bitmap-linux-6_1".
 */
static void set_names(const char *name)
{
	size_t n = strcspn(name, ".-");
	char *c;

	snprintf(session.target_name, sizeof(session.target_name), "%.*s",
		 (int)n, name);
	snprintf(session.implementation, sizeof(session.implementation), "%s",
		 name[n] ? name + n + 1 : "own");
	for (c = session.implementation; name[n] == '-' && *c; c++)
		if (*c == '_')
			*c = '.';
}

/* Beside the executable: what is known of it, see ci/oss-fuzz/build.sh. */
static void load_known(const char *exe)
{
	char path[4096 + 8];

	snprintf(path, sizeof(path), "%s.known", exe);
	report_load_list(path);
}

void session_init(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *name, *races = getenv("VTB_RACES");

	path[n > 0 ? n : 0] = '\0';
	name = strrchr(path, '/');
	set_names(name ? name + 1 : path);
	load_known(path);
	snprintf(session.build, sizeof(session.build), "%s%s", vtb_build_id(),
		 upstream_id);
	session.target = target_new();
	sim_assert(session.target);
	if (!races || session_set_races(races))
		return;
	fprintf(stderr, "vtb: VTB_RACES is '%s'; expected kcsan, strict or off\n",
		races);
	exit(VTB_EXIT_USAGE);
}

bool session_set_races(const char *mode)
{
	static const char *const modes[] = {
		[SESSION_RACES_KCSAN] = "kcsan",
		[SESSION_RACES_STRICT] = "strict",
		[SESSION_RACES_OFF] = "off",
	};
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(mode, modes[i])) {
			session.races = i;
			return true;
		}
	return false;
}

bool session_set_prefixes(const char *mode)
{
	static const char *const modes[] = {
		[TARGET_PREFIXES_ALL] = "all",
		[TARGET_PREFIXES_COMMON] = "common",
		[TARGET_PREFIXES_EAGER] = "eager",
		[TARGET_PREFIXES_OFF] = "off",
	};
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(mode, modes[i])) {
			session.prefixes = i;
			return true;
		}
	return false;
}

#ifdef VTB_RACE
/* Linked into canary builds: canary.c. */
extern void canary_reached(void) __attribute__((weak));
#endif

/*
 * Flavours without hooks at plain accesses have nothing to look at. A canary is
 * to be found by what goes wrong, where its trigger says: the race that is part
 * of it shows in every schedule, near misses included.
 */
struct kernel_race *session_race(void)
{
#ifdef VTB_RACE
	static struct kernel_race *race;
	const struct sim_race_options options = {
		.strict_writes = session.races == SESSION_RACES_STRICT,
	};

	if (!race && session.races != SESSION_RACES_OFF && !canary_reached) {
		race = kernel_race_new(&options);
		sim_assert(race);
	}
	return race;
#else
	return NULL;
#endif
}

void session_run(const struct program *program, const struct target_run *run,
		 struct target_result *result)
{
	struct target_run own = *run;

	own.race = session_race();
	session.running = program;
	session.nr_programs++;
	target_run(session.target, program, &own, result);
	session.running = NULL;
	session.nr_ops += program->nr_calls;
	session.nr_ops_ok += result->nr_ok;
}

void session_stats(bool now)
{
	static time_t last;
	struct timespec t;

	/* The clock is asked now and then only: this is on the hot path. */
	if (!now && session.nr_programs % 64)
		return;
	clock_gettime(CLOCK_MONOTONIC, &t);
	if (!now && t.tv_sec == last)
		return;
	last = t.tv_sec;
	fprintf(stderr, "vtb: stats programs=%" PRIu64 " ops=%" PRIu64
		" ok=%" PRIu64 "\n", session.nr_programs, session.nr_ops,
		session.nr_ops_ok);
}

void session_load_findings(void)
{
	if (!session.findings_dir)
		return;
	report_load_known(session.findings_dir);
	deadly_load(session.findings_dir);
}

/* The default action, whatever a sanitizer has made of the signal. */
void session_die(int code)
{
	fflush(NULL);
	if (session.die_by_signal) {
		signal(SIGABRT, SIG_DFL);
		raise(SIGABRT);
	}
	_exit(code);
}

int session_worse(int a, int b)
{
	if (a == VTB_EXIT_SKIP || b == VTB_EXIT_SKIP)
		return a == VTB_EXIT_SKIP ? b : a;
	return a > b ? a : b;
}
