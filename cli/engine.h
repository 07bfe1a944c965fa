/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.h - fuzz engines, as those who start their processes see them
 *
 * An engine is told of a job, says how its process is started, and makes sense
 * of what the process prints and writes. Findings are saved by the target
 * itself, the same way under every engine. Corpora are folders of files named
 * by their content, which engines exchange: each puts what it finds into the
 * job's corpus and reads what others have put there.
 */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"

/* One process to be started. Texts belong to the caller. */
struct engine_job {
	const char *exe;
	const char *findings_dir;
	const char *corpus_dir;
	const char *const *corpora;	/* read as well; NULL-terminated */
	const char *scratch_dir;	/* exists, empty, of this job alone */
	uint64_t seconds;
	uint32_t seed;			/* below 2^31 */
};

#define ENGINE_MAX_ARGS	96

/* Arguments and environment of a process; its memory is its own. */
struct engine_command {
	const char *argv[ENGINE_MAX_ARGS];	/* NULL-terminated */
	const char *env[ENGINE_MAX_ARGS];	/* additions, likewise */
	unsigned int nr_args;
	unsigned int nr_env;
	char *text[2 * ENGINE_MAX_ARGS];
	unsigned int nr_text;
};
void engine_command_free(struct engine_command *command);

/* What is known of a process that runs or has ended. */
struct engine_stats {
	uint64_t edges;
	uint64_t features;		/* edges and what else it counts */
	uint64_t corpus;		/* inputs it works with */
	uint64_t finds;			/* that it kept for something new */
	uint64_t collected;		/* private: files looked at */
};

struct engine {
	const char *name;
	const char *preset;		/* its build; NULL: as asked for */
	uint64_t min_seconds;		/* a shorter slice is not worth it */
	unsigned int share;		/* of time given without regard to
					 * progress, relative to others */

	/* An exit code; what is wrong has been printed. May be NULL. */
	int (*prepare)(const struct engine_job *job);
	void (*command)(struct engine_command *command,
			const struct engine_job *job);
	/* A line the process printed. */
	void (*read_line)(struct engine_stats *stats, const char *line);
	/*
	 * Brings what lies in the scratch folder to where it belongs; called
	 * every few seconds and, with @last, after the end. May be NULL.
	 */
	void (*collect)(const struct engine_job *job,
			struct engine_stats *stats, bool last);
};

extern const struct engine engine_libfuzzer;
extern const struct engine engine_afl;

/* In the order of preference, NULL-terminated. */
extern const struct engine *const engines[];

/* NULL if there is none of that name. */
const struct engine *engine_by_name(const char *name);

/* The executable that runs @exe's target under @engine; false: not built. */
bool engine_executable(const struct engine *engine,
		       const struct cli_executable *exe, char path[CLI_PATH]);

/* -- for engines -- */

void engine_add(struct engine_command *command, const char *arg);
void engine_add_text(struct engine_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void engine_set(struct engine_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The number after @word in @line, or 0. */
uint64_t engine_number_after(const char *line, const char *word);

#endif
