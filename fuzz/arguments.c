/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arguments.c - our own flags of a target executable
 *
 *	TARGET [libFuzzer flags] [CORPUS...]	fuzz (engines with libFuzzer)
 *	TARGET FILE|DIR...			run inputs (others)
 *	TARGET --replay FILE... [--json] [--runs N] [--records] [--trace OUT]
 *		[--capture OUT] [--plot OUT] [--judge [--bless]]
 *	TARGET --prove FILE [--runs N]
 *	TARGET --sweep FILE --out DIR
 *	TARGET --min FILE --out OUT.scn [--identity ID] [--time SECONDS]
 *	TARGET --explore FILE --strategy S [--depth D] [--bound B] [--runs N] ...
 *	TARGET --explain FILE [--runs N] [--every N] [--seed S]
 *	TARGET --fetches [FILE...] --out DIR [--time SECONDS | --runs N] [--seed S]
 *	TARGET --selfcheck N [--seed S]
 *	TARGET --bench-programs FILE [--repeat N] [--json]
 *	TARGET --select-programs FILE|DIR...
 *	TARGET --encode DIR FILE|DIR...
 *	TARGET --info [--json]
 *	TARGET --ops [OP] [--markdown]
 *	TARGET --print FILE
 *	TARGET --print-c FILE
 *	TARGET --example
 *	TARGET --dictionary
 *	TARGET --help
 *
 * People use `vtb`; these are what it calls. Unknown --flags are an error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "worker.h"

static const char usage[] =
"usage: %s [libFuzzer flags] [CORPUS...]   fuzz\n"
"  --findings DIR     save findings there and go on\n"
"  --steps N          step budget of a program (default %u)\n"
"  --hang SECONDS     wall clock a program may take (default %u)\n"
"  --races MODE       what is a data race: kcsan (default), strict, off\n"
"  --prefixes MODE    go on from snapshots of where programs got to that begin\n"
"                     alike: all (default), eager, off; for\n"
"                     --bench-programs common or off (default)\n"
"or one of\n"
"  --replay FILE... [--json] [--runs N] [--records] [--trace OUT.json]\n"
"                     [--capture OUT.pcapng] [--plot OUT.svg]\n"
"                     [--judge [--bless]]\n"
"                     run programs, explain what happens; --judge compares\n"
"                     with what the files expect\n"
"  --prove FILE [--runs N]\n"
"                     does every run show the same?\n"
"  --sweep FILE --out DIR\n"
"                     fail every fallible call in turn, as JSON\n"
"  --min FILE --out OUT.scn [--identity ID] [--time SECONDS]\n"
"                     smallest program with the same finding, as text\n"
"  --explore FILE --strategy S [--depth D] [--bound B] [--preempt N]\n"
"      [--no-reduction] [--runs N] [--time SECONDS] [--seed S] [--all]\n"
"      [--out DIR] [--json]\n"
"                     the program under many schedules\n"
"  --explain FILE [--runs N] [--every N] [--seed S]\n"
"                     from when on its finding was inevitable, as JSON\n"
"  --fetches [FILE...] --out DIR [--time SECONDS | --runs N] [--seed S]\n"
"                     every read of memory that others may write, as JSON\n"
"  --selfcheck N [--seed S]\n"
"                     N random programs, each run twice\n"
"  --run FILE|DIR...  run inputs, print nothing\n"
"  --encode DIR FILE|DIR...\n"
"                     programs as canonical bytes into DIR (seeds)\n"
"  --bench-programs FILE [--repeat N] [--json]\n"
"  --select-programs FILE|DIR...\n"
"                     100 programs worth measuring, as text\n"
"  --info [--json]    implementation, build, ops\n"
"  --ops [OP] [--markdown]\n"
"                     what ops do and take\n"
"  --print FILE       a program as text\n"
"  --print-c FILE     a program as C for a real kernel\n"
"  --example          a small program to begin with\n"
"  --dictionary       tokens for engines that know bytes only\n"
"Exit codes: 0 clean, 1 usage, 3 bench error, 4 safety finding, 5 liveness\n"
"finding, 6 nondeterminism.\n";

enum verb {
	VERB_FUZZ, VERB_REPLAY, VERB_SELFCHECK, VERB_RUN, VERB_ENCODE,
	VERB_BENCH, VERB_INFO, VERB_MIN, VERB_OPS, VERB_PRINT,
	VERB_PRINT_C, VERB_PROVE, VERB_SWEEP, VERB_EXPLORE, VERB_EXAMPLE,
	VERB_FETCHES, VERB_MUTANTS, VERB_SELECT, VERB_DICTIONARY,
	VERB_EXPLAIN,
};

struct arguments {
	enum verb verb;
	uint64_t number;		/* of --selfcheck */
	uint64_t seed;
	uint64_t repeat;
	const char *file;		/* of --bench-programs, --encode,
					 * --explain, --print, --print-c,
					 * --prove, --sweep */
	bool markdown;			/* of --ops */
	struct replay_options replay;
	struct minimise_options min;
	struct explore_options explore;
	uint64_t every;			/* of --explain */
	char **given;			/* all of them, as they came */
	const char *failed;		/* usage error: this argument */
};

static uint64_t number_after(struct arguments *a, char **argv, int *i)
{
	char *end;
	uint64_t value;

	if (!argv[*i + 1]) {
		a->failed = argv[*i];
		return 0;
	}
	errno = 0;
	value = strtoull(argv[++*i], &end, 0);
	if (errno || *end || end == argv[*i] || argv[*i][0] == '-')
		a->failed = argv[*i];
	return value;
}

static const char *text_after(struct arguments *a, char **argv, int *i)
{
	if (!argv[*i + 1])
		a->failed = argv[*i];
	else
		++*i;
	return argv[*i];
}

/* Flags that change how programs are run. */
static bool take_setting(struct arguments *a, char **argv, int *i)
{
	const char *arg = argv[*i];

	if (!strcmp(arg, "--findings")) {
		session.findings_dir = text_after(a, argv, i);
		session.mode = SESSION_CAMPAIGN;
	} else if (!strcmp(arg, "--steps")) {
		session.step_budget = number_after(a, argv, i);
	} else if (!strcmp(arg, "--hang")) {
		session.hang_seconds = (unsigned int)number_after(a, argv, i);
	} else if (!strcmp(arg, "--races")) {
		if (!session_set_races(text_after(a, argv, i)))
			a->failed = argv[*i];
	} else if (!strcmp(arg, "--prefixes")) {
		if (!session_set_prefixes(text_after(a, argv, i)))
			a->failed = argv[*i];
	} else if (!strcmp(arg, "--json")) {
		session.json = true;
	} else if (!strcmp(arg, "--markdown")) {
		a->markdown = true;
	} else if (!strcmp(arg, "--runs")) {
		a->explore.runs = number_after(a, argv, i);
		a->replay.runs = (unsigned int)a->explore.runs;
	} else if (!strcmp(arg, "--trace")) {
		a->replay.trace_path = text_after(a, argv, i);
	} else if (!strcmp(arg, "--capture")) {
		a->replay.capture_path = text_after(a, argv, i);
	} else if (!strcmp(arg, "--plot")) {
		a->replay.plot_path = text_after(a, argv, i);
	} else if (!strcmp(arg, "--records")) {
		a->replay.records = true;
	} else if (!strcmp(arg, "--bless")) {
		a->replay.bless = true;
	} else if (!strcmp(arg, "--judge")) {
		session.judge = true;
	} else if (!strcmp(arg, "--seed")) {
		a->seed = number_after(a, argv, i);
	} else if (!strcmp(arg, "--every")) {
		a->every = number_after(a, argv, i);
	} else if (!strcmp(arg, "--repeat")) {
		a->repeat = number_after(a, argv, i);
	} else if (!strcmp(arg, "--out")) {
		a->min.out = text_after(a, argv, i);
	} else if (!strcmp(arg, "--identity")) {
		a->min.identity = text_after(a, argv, i);
	} else if (!strcmp(arg, "--time")) {
		a->min.seconds = number_after(a, argv, i);
	} else {
		return false;
	}
	return true;
}

static bool take_explore(struct arguments *a, char **argv, int *i)
{
	struct explore_options *e = &a->explore;
	const char *arg = argv[*i];

	if (!strcmp(arg, "--explore")) {
		a->verb = VERB_EXPLORE;
		e->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--strategy")) {
		e->strategy = text_after(a, argv, i);
	} else if (!strcmp(arg, "--depth")) {
		e->depth = number_after(a, argv, i);
	} else if (!strcmp(arg, "--bound")) {
		e->bound = number_after(a, argv, i);
	} else if (!strcmp(arg, "--preempt")) {
		e->preempt_den = (uint32_t)number_after(a, argv, i);
	} else if (!strcmp(arg, "--mutate")) {
		e->mutant = text_after(a, argv, i);
	} else if (!strcmp(arg, "--memory")) {
		e->memory = text_after(a, argv, i);
	} else if (!strcmp(arg, "--no-reduction")) {
		e->no_reduction = true;
	} else if (!strcmp(arg, "--all")) {
		e->all = true;
	} else {
		return false;
	}
	return true;
}

static bool take_verb(struct arguments *a, char **argv, int *i)
{
	const char *arg = argv[*i];

	if (!strcmp(arg, "--replay")) {
		a->verb = VERB_REPLAY;
	} else if (!strcmp(arg, "--prove")) {
		a->verb = VERB_PROVE;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--sweep")) {
		a->verb = VERB_SWEEP;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--min")) {
		a->verb = VERB_MIN;
		a->min.file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--explain")) {
		a->verb = VERB_EXPLAIN;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--fetches")) {
		a->verb = VERB_FETCHES;
	} else if (!strcmp(arg, "--selfcheck")) {
		a->verb = VERB_SELFCHECK;
		a->number = number_after(a, argv, i);
	} else if (!strcmp(arg, "--run")) {
		a->verb = VERB_RUN;
	} else if (!strcmp(arg, "--encode")) {
		a->verb = VERB_ENCODE;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--bench-programs")) {
		a->verb = VERB_BENCH;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--select-programs")) {
		a->verb = VERB_SELECT;
	} else if (!strcmp(arg, "--info")) {
		a->verb = VERB_INFO;
	} else if (!strcmp(arg, "--ops")) {
		a->verb = VERB_OPS;
	} else if (!strcmp(arg, "--mutants")) {
		a->verb = VERB_MUTANTS;
	} else if (!strcmp(arg, "--example")) {
		a->verb = VERB_EXAMPLE;
	} else if (!strcmp(arg, "--dictionary")) {
		a->verb = VERB_DICTIONARY;
	} else if (!strcmp(arg, "--print")) {
		a->verb = VERB_PRINT;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--print-c")) {
		a->verb = VERB_PRINT_C;
		a->file = text_after(a, argv, i);
	} else if (!strcmp(arg, "--help")) {
		printf(usage, argv[0], TARGET_STEP_BUDGET,
		       session.hang_seconds);
		exit(VTB_EXIT_CLEAN);
	} else {
		return false;
	}
	return true;
}

/* What libFuzzer is told, and where it would put artifacts. */
static void note_engine_flag(const char *arg)
{
	if (!strncmp(arg, "-artifact_prefix=", 17))
		session.artifact_prefix = arg + 17;
	else if (!strncmp(arg, "-exact_artifact_path=", 21))
		session.artifact_path = arg + 21;
}

static bool has_flag(int argc, char **argv, const char *flag)
{
	const char *value = strchr(flag, '=');
	int i;

	for (i = 1; i < argc; i++)
		if (!strncmp(argv[i], flag, (size_t)(value - flag) + 1))
			return true;
	return false;
}

/*
 * Our defaults for libFuzzer: its exit codes, no limit on length below that of
 * a program (the mutator minds it), and its own clock only behind ours. Short
 * inputs get more turns: most of what is to be seen needs a few ops, and some
 * programs cost a hundred times what others do.
 */
static void add_engine_defaults(int *argc, char ***argv)
{
	static const char *const defaults[] = {
		"-error_exitcode=4", "-timeout_exitcode=5", "-timeout=300",
		"-max_len=4096", "-len_control=0", "-detect_leaks=0",
		"-print_funcs=0",
		"-entropic_scale_per_exec_time=1",
	};
	size_t nr = sizeof(defaults) / sizeof(defaults[0]), i;
	char **more = calloc((size_t)*argc + nr + 1, sizeof(*more));
	int given = *argc;

	sim_assert(more);
	memcpy(more, *argv, (size_t)given * sizeof(*more));
	for (i = 0; i < nr; i++) {
		if (has_flag(given, *argv, defaults[i]))
			continue;
		more[*argc] = strdup(defaults[i]);
		sim_assert(more[*argc]);
		++*argc;
	}
	*argv = more;
}

/* Takes ours out; what is left (in order) is the engine's. */
static void parse(struct arguments *a, int *argc, char **argv)
{
	int i, kept = 1;

	for (i = 1; i < *argc && !a->failed; i++) {
		if (take_setting(a, argv, &i) || take_verb(a, argv, &i) ||
		    take_explore(a, argv, &i))
			continue;
		if (!strncmp(argv[i], "--", 2))
			a->failed = argv[i];
		note_engine_flag(argv[i]);
		argv[kept++] = argv[i];
	}
	*argc = kept;
	argv[kept] = NULL;
}

static void check_tables(void)
{
	const struct world_type *const *type;
	char error[256];

	for (type = world_types; *type; type++)
		if (program_check_type(*type, error, sizeof(error)))
			sim_bench_error(__FILE__, __LINE__, "%s", error);
}

static int minimise(const struct arguments *a)
{
	if (!a->min.out) {
		fprintf(stderr, "vtb: --min needs --out FILE\n");
		return VTB_EXIT_USAGE;
	}
	worker_without_source_lines(a->given);
	return minimise_file(&a->min);
}

static int sweep(const struct arguments *a)
{
	if (!a->min.out) {
		fprintf(stderr, "vtb: --sweep needs --out DIR\n");
		return VTB_EXIT_USAGE;
	}
	worker_without_source_lines(a->given);
	return sweep_file(a->file, a->min.out);
}

/* Those shared with other verbs are read where these keep them. */
static int explore(struct arguments *a)
{
	a->explore.seconds = a->min.seconds;
	a->explore.seed = a->seed;
	a->explore.out = a->min.out ? a->min.out : ".";
	worker_without_source_lines(a->given);
	return explore_file(&a->explore);
}

static int explain(const struct arguments *a)
{
	const struct explain_options options = {
		.file = a->file, .runs = a->explore.runs, .every = a->every,
		.seed = a->seed,
	};

	worker_without_source_lines(a->given);
	return explain_file(&options);
}

static int fetches(const struct arguments *a, char **files, int nr)
{
	const struct fetches_options options = {
		.files = files, .nr_files = nr,
		.out = a->min.out,
		.runs = a->explore.runs,
		.seconds = a->min.seconds,
		.seed = a->seed,
	};

	if (!options.out || (!options.runs && !options.seconds)) {
		fprintf(stderr, "vtb: --fetches needs --out DIR and --time or "
			"--runs\n");
		return VTB_EXIT_USAGE;
	}
	worker_without_source_lines(a->given);
	return fetches_run(&options);
}

static char **copy_arguments(int argc, char **argv)
{
	char **copy = calloc((size_t)argc + 1, sizeof(*copy));

	sim_assert(copy);
	return memcpy(copy, argv, (size_t)argc * sizeof(*copy));
}

int session_arguments(int *argc, char ***argv)
{
	struct arguments a = { .replay.runs = 2, .repeat = 20, .seed = 1,
		.explore = { .strategy = "mix", .depth = 3, .bound = 2,
			     .preempt_den = 10 } };

	a.given = copy_arguments(*argc, *argv);
	parse(&a, argc, *argv);
	if (a.failed) {
		fprintf(stderr, "vtb: cannot understand '%s', see %s --help\n",
			a.failed, (*argv)[0]);
		return VTB_EXIT_USAGE;
	}
	check_tables();
	switch (a.verb) {
	case VERB_REPLAY:
		return replay_files(*argv + 1, *argc - 1, &a.replay);
	case VERB_PROVE:
		worker_without_source_lines(a.given);
		return replay_proof(a.file, a.replay.runs);
	case VERB_SWEEP:
		return sweep(&a);
	case VERB_MIN:
		return minimise(&a);
	case VERB_EXPLORE:
		return explore(&a);
	case VERB_EXPLAIN:
		return explain(&a);
	case VERB_FETCHES:
		return fetches(&a, *argv + 1, *argc - 1);
	case VERB_SELFCHECK:
		return selfcheck(a.number, a.seed);
	case VERB_RUN:
		return run_inputs(*argv + 1, *argc - 1);
	case VERB_ENCODE:
		return encode_inputs(a.file, *argv + 1, *argc - 1);
	case VERB_BENCH:
		return bench_programs(a.file, (unsigned int)a.repeat,
				      session.json);
	case VERB_SELECT:
		return select_programs(*argv + 1, *argc - 1);
	case VERB_INFO:
		return print_info(session.json);
	case VERB_OPS:
		return print_op_help((*argv)[1], a.markdown);
	case VERB_MUTANTS:
		return mutants_print();
	case VERB_EXAMPLE:
		return print_example();
	case VERB_DICTIONARY:
		return print_dictionary();
	case VERB_PRINT:
		return print_text(a.file);
	case VERB_PRINT_C:
		return print_c(a.file);
	case VERB_FUZZ:
		break;
	}
	session_load_findings();
	sieve_inputs(*argc, *argv);
	add_engine_defaults(argc, argv);
	return -1;
}
