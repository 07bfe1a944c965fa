/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * afl.c - main() of targets for AFL++
 *
 * A server process forks children, each of which runs many inputs in turn out
 * of memory shared with afl-fuzz. The server must not have a world: worlds lie
 * in a shared mapping, and children would run in the very same one. So it stops
 * before the first input; whatever exists by then holds no world.
 *
 * Without afl-fuzz the arguments are inputs to run, each as libFuzzer's
 * executables do it: a finding ends the process with its exit code.
 *
 * AFL++ takes only a signal for a crash; see session.die_by_signal.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"
#include "session.h"

/* -- of AFL++'s runtime, which the linker adds -- */

extern uint8_t *__afl_area_ptr;		/* a count per guard */
extern uint32_t __afl_map_size;
extern unsigned char *__afl_fuzz_ptr;	/* the input; NULL: on stdin */
extern uint32_t *__afl_fuzz_len;
extern int __afl_sharedmem_fuzzing;

void __afl_manual_init(void);
int __afl_persistent_loop(unsigned int max_runs);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard);

/* Inputs are taken out of shared memory. */
int __afl_sharedmem_fuzzing = 1;

/* afl-fuzz looks for these texts in the executable to learn what it can do. */
static const char persistent[] = "##SIG_AFL_PERSISTENT##";
static const char deferred[] = "##SIG_AFL_DEFER_FORKSRV##";

/*
 * Guards like those the compiler puts on edges, in the same section: AFL++
 * gives them places in its map, and counting is what an edge does.
 */
static uint32_t guards[ENGINE_FEATURES]
	__attribute__((section("__sancov_guards"), used));

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The first program of a configuration builds its world, later ones find it:
 * to AFL++ the same input would do this one time and that another. The first
 * byte tells it that the run was instrumented.
 */
void engine_run_begins(void)
{
	memset(__afl_area_ptr, 0, __afl_map_size);
	__afl_area_ptr[0] = 1;
}

const struct target_edges *engine_edges(void)
{
	static struct target_edges edges;	/* of the process */

	edges.counts = __afl_area_ptr;
	edges.bytes = __afl_map_size;
	edges.never_zero = true;
	return __afl_area_ptr ? &edges : NULL;
}

void engine_count(size_t nr)
{
	__sanitizer_cov_trace_pc_guard(&guards[nr]);
}

static size_t read_stdin(uint8_t *data, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, data + used, size - used)) > 0)
		used += (size_t)n;
	return used;
}

static void run_one(void)
{
	static uint8_t data[PROGRAM_MAX_FILE];

	if (__afl_fuzz_ptr)
		LLVMFuzzerTestOneInput(__afl_fuzz_ptr, *__afl_fuzz_len);
	else
		LLVMFuzzerTestOneInput(data, read_stdin(data, sizeof(data)));
}

static int run_file(const char *path)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	size_t size;
	int rc = program_read_file(path, data, sizeof(data), &size);

	if (rc) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(-rc));
		return VTB_EXIT_USAGE;
	}
	LLVMFuzzerTestOneInput(data, size);
	return VTB_EXIT_CLEAN;
}

/* The flags of libFuzzer mean nothing here. */
static int run_arguments(int argc, char **argv)
{
	int i, code = VTB_EXIT_CLEAN;

	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-')
			code = session_worse(code, run_file(argv[i]));
	return code;
}

static bool under_afl(void)
{
	return getenv("__AFL_SHM_ID");
}

int main(int argc, char **argv)
{
	/* Read, so that no linker drops them. */
	(void)*(const volatile char *)persistent;
	(void)*(const volatile char *)deferred;

	/* Verbs end the process in here. */
	LLVMFuzzerInitialize(&argc, &argv);
	if (!under_afl())
		return run_arguments(argc, argv);
	session.die_by_signal = true;
	__afl_manual_init();
	session_load_findings();
	while (__afl_persistent_loop(UINT_MAX))
		run_one();
	return VTB_EXIT_CLEAN;
}
