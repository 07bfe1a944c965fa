/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine_afl.c - AFL++: afl-fuzz drives the target of the afl flavour
 *
 * Every process starts afresh, from the same corpus as everybody else; its
 * scratch folder holds nothing that is needed later:
 *
 *	op-table.json		for the mutator (fuzz/afl_mutator.c)
 *	in/			the corpus as it is at the start, or one byte
 *	out/main/queue/		what it found: copied into the corpus
 *	out/main/crashes/	inputs that killed a child: those the child could
 *				not report itself become findings
 *	out/main/plot_data	its progress, a line every 5 seconds
 *
 * The inputs of the job's own corpus are AFL++'s queue: by links of its own,
 * since libFuzzer removes a file when it has a smaller one, and afl-fuzz ends if
 * what it has seen goes away. The other folders, and what appears in the own one
 * later, it reads as "foreign" ones: it keeps what is new to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include <fuzz/program.h>

#include "engine.h"

/* Above the time after which a target itself calls a program a hang. */
#define TIMEOUT_MS	"60000"

/* -- before the start -- */

static int write_table(const struct engine_job *job)
{
	const char *const argv[] = { job->exe, "--info", "--json", NULL };
	char file[CLI_PATH];
	int code;

	code = cli_run(&(struct cli_process){
		.argv = argv,
		.out = cli_path(file, "%s/op-table.json", job->scratch_dir),
	});
	if (code)
		fprintf(stderr, "vtb: %s says nothing about its ops (exit code %d)\n",
			job->exe, code);
	return code ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

/* A file that is complete or not there; an old one is the same. */
static int write_file(const char *path, const uint8_t *data, size_t size)
{
	char part[CLI_PATH];
	ssize_t n = -1;
	int fd, rc = 0;

	cli_path(part, "%s.part", path);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd >= 0) {
		n = write(fd, data, size);
		close(fd);
	}
	if (n != (ssize_t)size || (link(part, path) && errno != EEXIST)) {
		rc = errno ? -errno : -ENOSPC;
		fprintf(stderr, "vtb: cannot write %s: %s\n", path,
			strerror(-rc));
	}
	unlink(part);
	return rc;
}

/* AFL++ does not start without an input, nor with an empty one. */
static int write_first_input(const struct engine_job *job)
{
	static const uint8_t zero;
	char path[CLI_PATH];

	cli_path(path, "%s/in/first", job->scratch_dir);
	return write_file(path, &zero, 1) ? VTB_EXIT_BENCH : VTB_EXIT_CLEAN;
}

/* Number of files of the corpus that have come into in/. */
static size_t link_corpus(const struct engine_job *job)
{
	char from[CLI_PATH], to[CLI_PATH];
	size_t nr, i, linked = 0;
	char **names;

	nr = cli_list_dir(job->corpus_dir, &names);
	for (i = 0; i < nr; i++) {
		cli_path(from, "%s/%s", job->corpus_dir, names[i]);
		cli_path(to, "%s/in/%s", job->scratch_dir, names[i]);
		linked += !link(from, to);
	}
	cli_free_names(names, nr);
	return linked;
}

static int prepare(const struct engine_job *job)
{
	char path[CLI_PATH];

	if (write_table(job) ||
	    cli_make_dirs(cli_path(path, "%s/in", job->scratch_dir)))
		return VTB_EXIT_BENCH;
	return link_corpus(job) ? VTB_EXIT_CLEAN : write_first_input(job);
}

/* -- the command -- */

static void set_environment(struct engine_command *c,
			    const struct engine_job *job)
{
	static const char *const fixed[] = {
		/* Ours is the only mutator; it writes canonical bytes. */
		"AFL_CUSTOM_MUTATOR_ONLY=1", "AFL_DISABLE_TRIM=1",
		/* Output for a pipe, the target's own included. */
		"AFL_NO_UI=1", "AFL_DEBUG_CHILD=1",
		/* The machine is as it is. */
		"AFL_SKIP_CPUFREQ=1", "AFL_TRY_AFFINITY=1",
		"AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
		"AFL_FORKSRV_INIT_TMOUT=60000",
		/* Runs repeat exactly: a few are enough to see it. */
		"AFL_FAST_CAL=1", "AFL_SYNC_TIME=1",
		/* AFL++ insists on these; signals stay with the sanitizers. */
		"ASAN_OPTIONS=abort_on_error=1:symbolize=0",
		"UBSAN_OPTIONS=abort_on_error=1:symbolize=0",
	};
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		engine_set(c, "%s", fixed[i]);
	engine_set(c, "AFL_CUSTOM_MUTATOR_LIBRARY=%s/build/afl/lib/afl_mutator.so",
		   cli_root());
	engine_set(c, "VTB_OP_TABLE=%s/op-table.json", job->scratch_dir);
}

static void add_corpora(struct engine_command *c, const struct engine_job *job)
{
	const char *const *dir;

	engine_add(c, "-i");
	engine_add_text(c, "%s/in", job->scratch_dir);
	engine_add(c, "-F");
	engine_add(c, job->corpus_dir);
	for (dir = job->corpora; *dir && c->nr_args < ENGINE_MAX_ARGS - 24; dir++) {
		engine_add(c, "-F");
		engine_add(c, *dir);
	}
}

static void command(struct engine_command *c, const struct engine_job *job)
{
	engine_add(c, "afl-fuzz");
	engine_add(c, "-M");	/* only a main instance reads foreign folders */
	engine_add(c, "main");
	add_corpora(c, job);
	engine_add(c, "-o");
	engine_add_text(c, "%s/out", job->scratch_dir);
	engine_add(c, "-t");
	engine_add(c, TIMEOUT_MS);
	engine_add(c, "-V");
	engine_add_text(c, "%" PRIu64, job->seconds);
	engine_add(c, "-s");
	engine_add_text(c, "%u", job->seed);
	engine_add(c, "--");
	engine_add(c, job->exe);
	engine_add(c, "--findings");
	engine_add(c, job->findings_dir);
	set_environment(c, job);
}

/* -- what it found -- */

/* Copies a file to @dir under @prefix and a name made of its content. */
static void copy_by_content(const char *from, const char *dir,
			    const char *prefix)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	char to[CLI_PATH];
	size_t size;

	if (program_read_file(from, data, sizeof(data), &size) || !size)
		return;
	cli_path(to, "%s/%s%016" PRIx64, dir, prefix,
		 (uint64_t)XXH64(data, size, 0));
	if (!cli_exists(to))
		write_file(to, data, size);
}

/* Names of the queue end in how an input came to be; these came from files. */
static bool is_found(const char *name)
{
	return !strncmp(name, "id:", 3) && !strstr(name, ",orig:") &&
	       !strstr(name, ",sync:");
}

/* The newest one may be half written while the process runs. */
static void collect_queue(const struct engine_job *job,
			  struct engine_stats *stats, bool last)
{
	char dir[CLI_PATH], path[CLI_PATH];
	char **names;
	size_t nr, i;

	cli_path(dir, "%s/out/main/queue", job->scratch_dir);
	nr = cli_list_dir(dir, &names);
	for (i = stats->collected; i + !last < nr; i++) {
		if (is_found(names[i])) {
			copy_by_content(cli_path(path, "%s/%s", dir, names[i]),
					job->corpus_dir, "");
			stats->finds++;
		}
		stats->collected = i + 1;
	}
	cli_free_names(names, nr);
}

/*
 * The target lists the inputs it has reported as it died (fuzz/deadly.c): 8
 * bytes each.
 */
static bool is_reported(const struct engine_job *job, const char *path)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	char list[CLI_PATH];
	uint64_t hash, entry;
	bool found = false;
	size_t size;
	FILE *file;

	if (program_read_file(path, data, sizeof(data), &size))
		return true;
	hash = XXH64(data, size, 0);
	file = fopen(cli_path(list, "%s/.deadly", job->findings_dir), "r");
	while (file && !found && fread(&entry, sizeof(entry), 1, file) == 1)
		found = entry == hash;
	if (file)
		fclose(file);
	return found;
}

/* Raw inputs in the findings folder are run and judged as all findings are. */
static void collect_deaths(const struct engine_job *job, const char *kind)
{
	char dir[CLI_PATH], path[CLI_PATH];
	char **names;
	size_t nr, i;

	cli_path(dir, "%s/out/main/%s", job->scratch_dir, kind);
	nr = cli_list_dir(dir, &names);
	for (i = 0; i < nr; i++) {
		cli_path(path, "%s/%s", dir, names[i]);
		if (!strncmp(names[i], "id:", 3) && !is_reported(job, path))
			copy_by_content(path, job->findings_dir, "raw-afl-");
	}
	cli_free_names(names, nr);
}

/* "time, cycles, cur, corpus, ..., total execs, edges" */
static void read_progress(const struct engine_job *job,
			  struct engine_stats *stats)
{
	unsigned long long corpus, edges;
	char path[CLI_PATH], line[1024];
	FILE *file = fopen(cli_path(path, "%s/out/main/plot_data",
				    job->scratch_dir), "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%*[^,],%*[^,],%*[^,], %llu", &corpus) != 1 ||
		    sscanf(strrchr(line, ','), ", %llu", &edges) != 1)
			continue;
		stats->corpus = corpus;
		stats->edges = edges;
		stats->features = edges;
	}
	if (file)
		fclose(file);
}

static void collect(const struct engine_job *job, struct engine_stats *stats,
		    bool last)
{
	collect_queue(job, stats, last);
	if (last) {
		collect_deaths(job, "crashes");
		collect_deaths(job, "hangs");
	}
	read_progress(job, stats);
}

static void read_line(struct engine_stats *stats, const char *line)
{
	(void)stats;
	(void)line;
}

const struct engine engine_afl = {
	.name = "afl",
	.preset = "afl",
	.min_seconds = 5,
	.prepare = prepare,
	.share = 1,
	.command = command,
	.read_line = read_line,
	.collect = collect,
};
