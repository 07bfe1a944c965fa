/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine_libfuzzer.c - libFuzzer: in the target itself
 *
 * New inputs go straight to the first corpus folder, and what others put there
 * is read again every second.
 */
#include <inttypes.h>
#include <string.h>

#include "engine.h"

static void command(struct engine_command *c, const struct engine_job *job)
{
	const char *const *dir;

	engine_add(c, job->exe);
	engine_add(c, "--findings");
	engine_add(c, job->findings_dir);
	engine_add_text(c, "-max_total_time=%" PRIu64, job->seconds);
	engine_add_text(c, "-seed=%u", job->seed);
	engine_add_text(c, "-artifact_prefix=%s/raw-", job->findings_dir);
	engine_add(c, "-print_final_stats=1");
	engine_add(c, job->corpus_dir);
	for (dir = job->corpora; *dir && c->nr_args < ENGINE_MAX_ARGS - 2; dir++)
		engine_add(c, *dir);
	/* Reports are replayed: addresses are enough. */
	engine_set(c, "ASAN_OPTIONS=symbolize=0");
}

/* "#123 NEW    cov: 45 ft: 67 corp: 8/90b ...", and INITED, REDUCE, RELOAD */
static void read_line(struct engine_stats *stats, const char *line)
{
	if (line[0] != '#' || !strstr(line, " cov: "))
		return;
	stats->edges = engine_number_after(line, " cov: ");
	stats->features = engine_number_after(line, " ft: ");
	stats->corpus = engine_number_after(line, " corp: ");
	/* What it read at the start is named otherwise. */
	if (strstr(line, "\tNEW "))
		stats->finds++;
}

const struct engine engine_libfuzzer = {
	.name = "libfuzzer",
	.min_seconds = 1,
	.share = 3,
	.command = command,
	.read_line = read_line,
};
