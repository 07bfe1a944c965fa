/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.h - what this process is doing (private to fuzz/)
 *
 * One process-level object: signal handlers and sanitizer callbacks get no
 * argument, and what they must save is the program that is running.
 */
#ifndef FUZZ_SESSION_H
#define FUZZ_SESSION_H

#include <stdio.h>

#include <fuzz/target.h>

enum session_mode {
	SESSION_FUZZ,		/* first finding ends the process */
	SESSION_CAMPAIGN,	/* findings are saved, fuzzing goes on */
	SESSION_REPLAY,		/* findings are explained, nothing is saved */
	SESSION_QUIET,		/* nothing is printed or saved (coverage) */
	SESSION_WORKER,		/* findings go to the parent, see worker.h */
};

/* What is taken for a data race: docs/races.md. */
enum session_races { SESSION_RACES_KCSAN, SESSION_RACES_STRICT,
		     SESSION_RACES_OFF };

struct session {
	enum session_mode mode;
	char target_name[64];
	char implementation[64];
	char build[64];			/* of this executable */
	const char *findings_dir;	/* SESSION_CAMPAIGN */
	const char *artifact_prefix;	/* SESSION_FUZZ, as libFuzzer's flag */
	const char *artifact_path;	/* the same, exact */
	uint64_t step_budget;
	unsigned int hang_seconds;	/* wall clock of one program */
	enum session_races races;
	enum target_prefixes prefixes;	/* of programs that engines make */
	bool json;			/* SESSION_REPLAY */
	bool judge;			/* SESSION_REPLAY: by `expect` */
	int death_code;			/* exit code of all crashes, if not 0 */
	bool die_by_signal;		/* all that the engine takes for one */

	struct target *target;
	const struct program *running;	/* NULL between runs */
	const uint8_t *input;		/* its bytes, if an engine gave it */
	size_t input_size;
	const char *running_file;	/* that is replayed, or NULL */
	uint64_t nr_programs;		/* run so far */
	uint64_t nr_ops;
	uint64_t nr_ops_ok;
	int worst;			/* exit code of the worst finding */
};
extern struct session session;

/* Fills in names from the executable's own path. */
void session_init(void);

/* Runs a program under watch: crashes and hangs in it are findings. */
void session_run(const struct program *program, const struct target_run *run,
		 struct target_result *result);

/* "kcsan", "strict" or "off"; false: it is none of these. */
bool session_set_races(const char *mode);

/* "all", "common", "eager" or "off"; false: it is none of these. */
bool session_set_prefixes(const char *mode);

/* What looks for data races in this process; NULL: nothing does. */
struct kernel_race *session_race(void);

/*
 * One line for whoever supervises a campaign, at most every second unless
 * @now: "vtb: stats programs=1 ops=2 ok=3", totals of this process.
 */
void session_stats(bool now);

/*
 * Reads the findings folder, if there is one. A forked child of an engine does
 * so itself: another child may have saved something since.
 */
void session_load_findings(void);

/* Ends the process because of a finding; @code as in finding.h. */
void session_die(int code) __attribute__((noreturn));

/* The worse of two exit codes: the higher one; a skip is none. */
int session_worse(int a, int b);

/* -- report.c: findings as lines and files -- */

/* What is known about a finding; texts belong to the caller. */
struct report {
	int exit_code;
	const char *identity;
	const char *oracle;
	const char *what;
	const char *why;
	uint64_t step;
	uint64_t time_ns;
};

void report_from_result(const struct target_result *result,
			struct report *report);

/* The three lines that end every failing run. @file may be NULL. */
void report_print(FILE *out, const struct report *report, const char *file);

/*
 * Saves @program as a finding, under a name not taken yet; @path gets it. A
 * file that cannot be written ends the process with 3, after the program has
 * been printed as text.
 */
void report_save(const struct program *program, const struct report *report,
		 char *path, size_t size);

/* Saves a finding and prints it, unless it is known in a campaign. */
void report_keep(const struct program *program, const struct report *report);

/* True if @identity was reported before in this findings directory. */
bool report_is_known(const char *identity);
void report_remember(const char *identity);
void report_load_known(const char *dir);

/*
 * Identities in a file, one in a line: an engine that ends at each finding goes
 * on after these. No such file: none.
 */
void report_load_list(const char *path);

/* What a finding of the running program means for this session. */
void report_finding(const struct program *program,
		    const struct target_result *result);

/*
 * Makes a file that appears complete or not at all, and never replaces one:
 * -EEXIST if there is one of that name.
 */
int report_write_file(const char *path, const uint8_t *data, size_t size);

/* "lost-dirty-bit-bitmap-iova_bitmap_set": file name of an identity. */
void report_slug(const char *identity, char *slug, size_t size);

/* -- crash.c: the process is about to die -- */

void crash_init(void);

/* Called at the first run: libFuzzer sets its own callbacks before that. */
void crash_arm(void);

/* -- mutant.c: site mutants -- */

/* Is there such a site ("": none is asked for)? An exit code, after a message. */
int mutant_check(const char *file, const char *name);
/* All that there are, as JSON. An exit code. */
int mutants_print(void);

/* -- deadly.c: inputs that end the process -- */

/*
 * In a campaign a process that died is started again, with a corpus that may
 * hold the input it died of: another implementation's, in which it is
 * harmless. So deadly inputs are listed in the findings folder and passed over.
 */
void deadly_load(const char *findings_dir);
bool deadly_any(void);
bool deadly_is(uint64_t hash);		/* by input_hash() */
void deadly_add(uint64_t hash);

/* For this process, without being listed. */
void deadly_pass_over(uint64_t hash);

/*
 * -- sieve.c: which inputs of the engine's corpora are deadly --
 *
 * Takes the engine's arguments; its time becomes what is left of it.
 */
void sieve_inputs(int argc, char **argv);

/* -- replay.c -- */

struct replay_options {
	unsigned int runs;	/* at least 2 */
	bool records;		/* all of them in the timeline */
	bool bless;		/* write the expected trace, see replay.h */
	const char *trace_path;	/* for Perfetto; NULL: none */
	const char *capture_path;	/* frames, pcapng; NULL: none */
	const char *plot_path;	/* figures, SVG; NULL: none */
};
int replay_files(char **files, int nr, const struct replay_options *options);

/*
 * The rest of the file for Perfetto; crash.c calls it when the run ends the
 * process.
 */
void replay_last_words(void);

/* Prints the outcome of a run that ends the process, as JSON or text. */
void replay_print_report(const struct report *report, const char *file,
			 uint64_t trace_hash);

/*
 * Runs a file @runs times and compares identity, trace and step of the finding:
 * 0 if all are alike, else 6.
 */
int replay_proof(const char *file, uint64_t runs);

/* -- minimise.c -- */

struct minimise_options {
	const char *file;
	const char *out;		/* must not be there */
	const char *identity;		/* to keep; NULL: what the file shows */
	uint64_t seconds;		/* wall clock; 0: until it is done */
};
int minimise_file(const struct minimise_options *options);

/* -- sweep.c -- */

/*
 * Runs @file with each of its fallible calls failing in turn and prints what
 * came of it as one JSON object. Programs that show a finding go to folder
 * @out, which must be there. Returns the worst code of findings that do not
 * come without a failure as well.
 */
int sweep_file(const char *file, const char *out);

/* -- explore.c -- */

struct explore_options {
	const char *file;
	const char *mutant;		/* site that is ignored, or NULL */
	const char *strategy;		/* "mix", "random", "pct", ... */
	const char *memory;		/* "sc", "tso", "weak"; NULL: as the
					 * file or the mix has it */
	const char *out;		/* folder for findings */
	uint64_t depth;			/* pct */
	uint64_t bound;			/* bounded: preemptions */
	uint32_t preempt_den;		/* random: one point in so many */
	uint64_t runs;			/* 0: no limit */
	uint64_t seconds;		/* wall clock; 0: no limit */
	uint64_t seed;			/* of the search */
	bool no_reduction;		/* bounded */
	bool all;			/* go on after a finding */
};
int explore_file(const struct explore_options *options);

/* -- explain.c -- */

struct explain_options {
	const char *file;
	uint64_t runs;			/* from each point; 0: 50 */
	uint64_t every;			/* steps between points; 0: 24 points */
	uint64_t seed;
};

/* Prints one JSON object. An exit code: 1 if the file shows no finding. */
int explain_file(const struct explain_options *options);

/* -- fetches.c -- */

struct fetches_options {
	char **files;			/* programs to begin with */
	int nr_files;
	const char *out;		/* folder for findings */
	uint64_t runs;			/* 0: no limit */
	uint64_t seconds;		/* wall clock; 0: no limit */
	uint64_t seed;
};

/* Prints one JSON object. Returns the code of the worst finding. */
int fetches_run(const struct fetches_options *options);

/* -- others -- */

int selfcheck(uint64_t runs, uint64_t seed);
int bench_programs(const char *path, unsigned int repeat, bool json);

/* 100 programs for bench_programs() of a campaign's corpus, on stdout. */
int select_programs(char **paths, int nr);
int print_info(bool json);

/* Usage error if there is no op of the name @only (NULL: all). */
int print_op_help(const char *only, bool markdown);

/* A small program of the first world. */
int print_example(void);

/* -- dictionary.c -- */

int print_dictionary(void);

/* A program file as text on stdout. */
int print_text(const char *path);

/* A program file as C on stdout; usage error if an op of it cannot be C. */
int print_c(const char *path);

void print_upstream(FILE *out);	/* which files of which tree were built in */
int run_inputs(char **paths, int nr);

/* @fn for the file, or for all files below the folder; the worst exit code. */
typedef int (*input_fn)(const char *path, void *arg);
int inputs_walk(const char *path, input_fn fn, void *arg);
int encode_inputs(const char *dir, char **paths, int nr);

/*
 * Takes our own flags out of the arguments. Runs a verb, if there is one, and
 * returns its exit code; -1 means go on fuzzing.
 */
int session_arguments(int *argc, char ***argv);

#endif
