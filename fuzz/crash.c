/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash.c - findings of sanitizers and signals: the process is about to die
 *
 * What ends a process within a run, and where it comes out here:
 *
 *	ASan error, SIGSEGV, abort()	on_asan_report, before "ABORTING"
 *	UBSan error			__ubsan_on_report, then on_death
 *	another sanitizer's death	on_death
 *	no ASan in this build		on_signal
 *	a program that never ends	on_alarm, twice in the same program
 *	one that takes no step any more	on_tick, soon
 *	_exit(3) of a bench error	on_bench_error
 *
 * Each makes one report, saves the running program, prints the three lines and
 * ends the process with the code of DESIGN's table. The world is not touched
 * any more: it may be inconsistent in any way.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

#include <kernel/instance.h>
#include <sim/memory.h>
#include <vtb/bridge.h>

#include "finding_stack.h"
#include "frames.h"
#include "input_set.h"
#include "session.h"
#include "worker.h"

#ifdef VTB_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

void __ubsan_on_report(void);
extern void __ubsan_get_current_report_data(const char **kind,
					    const char **message,
					    const char **file,
					    unsigned int *line,
					    unsigned int *column,
					    char **address)
	__attribute__((weak));
/* Of the runtime that ASan and UBSan have in common; there may be neither. */
extern void __sanitizer_set_death_callback(void (*callback)(void))
	__attribute__((weak));
extern void __sanitizer_symbolize_pc(void *pc, const char *format, char *text,
				     size_t size) __attribute__((weak));
extern int __llvm_profile_write_file(void) __attribute__((weak));

#define TICK_MS		250u
#define NO_STEP_TICKS	4u

static struct sim_finding crash;	/* filled in by whoever comes first */
static struct frames crash_frames;
static bool dying;

static void set_word(char *to, const char *from)
{
	snprintf(to, SIM_FINDING_WORD, "%s", from ? from : "");
}

/* The op charged now, as it is printed in programs. */
static void describe_op(char *text, size_t size)
{
	struct sim *sim = target_sim(session.target);
	uint32_t slot = sim ? sim_op(sim) : 0;
	const struct program *p = session.running;
	size_t n;

	if (!slot || slot > p->nr_calls) {
		snprintf(text, size, "in the world itself");
		return;
	}
	n = (size_t)snprintf(text, size, "in op %u ", p->calls[slot - 1].key);
	if (n < size)
		program_print_call(p, &p->calls[slot - 1], text + n,
				   size - n);
}

/* A place in the code under test, else the op. */
static void set_places(const char *first, const char *second)
{
	struct sim *sim = target_sim(session.target);
	uint32_t slot = sim ? sim_op(sim) : 0;

	if (!first && slot && slot <= session.running->nr_calls)
		first = world_op_place(
			session.running->calls[slot - 1].op->name);
	set_word(crash.place[0], first);
	set_word(crash.place[1], second);
}

/* Replay: the trace up to here tells two deaths apart. */
static void explain_crash(struct report *report)
{
	struct sim *sim = target_sim(session.target);
	char expected[PROGRAM_MAX_EXPECT];

	replay_last_words();
	replay_print_report(report, session.running_file,
			    sim ? sim_trace_hash(sim) : 0);
	program_expectation(session.running, session.implementation, expected);
	if (session.judge && !strcmp(expected, report->identity))
		report->exit_code = VTB_EXIT_CLEAN;
}

/* What an adversary has brought about goes by his name. */
static void blame_change(const struct sim *sim)
{
	const struct sim_change *change = sim ? sim_change_to_blame(sim) : NULL;

	if (!change || crash.severity == VTB_EXIT_BENCH)
		return;
	sim_finding_blame(&crash, change);
	fprintf(stderr, "vtb: the first fetch:\n");
	frames_print_function(stderr, (const char *)change->site[0] - 1);
	fprintf(stderr, "vtb: the second one:\n");
	frames_print_function(stderr, (const char *)change->site[1] - 1);
}

/* Ends the process. */
static void __attribute__((noreturn)) die(void)
{
	struct sim *sim = target_sim(session.target);
	char identity[PROGRAM_MAX_EXPECT];
	struct report report = {
		.exit_code = crash.severity,
		.identity = identity,
		.oracle = crash.oracle,
		.what = crash.what,
		.why = crash.why,
		.step = sim ? sim_steps(sim) : 0,
		.time_ns = sim ? sim_now_ns(sim) : 0,
	};

	blame_change(sim);
	sim_finding_identity(&crash, identity, sizeof(identity));
	fflush(NULL);
	if (session.mode == SESSION_REPLAY)
		explain_crash(&report);
	else if (session.mode == SESSION_WORKER)
		worker_dies(&report, sim ? sim_trace_hash(sim) : 0);
	else if (session.mode != SESSION_QUIET)
		report_keep(session.running, &report);
	if (session.mode == SESSION_CAMPAIGN) {
		deadly_add(input_hash(session.input,
				      session.input_size));
		session_stats(true);
	}
	if (__llvm_profile_write_file)
		__llvm_profile_write_file();
	session_die(session.death_code ? session.death_code : report.exit_code);
}

/* True for the first one to come, within a run: the report is its own. */
static bool begin_crash(enum vtb_exit severity, const char *oracle)
{
	if (dying || !session.running)
		return false;
	dying = true;
	crash.severity = severity;
	set_word(crash.oracle, oracle);
	vtb_finding_here();
	return true;
}

static void crash_here(const char *oracle, const char *object,
		       const char *what)
{
	if (!begin_crash(VTB_EXIT_SAFETY, oracle))
		return;
	frames_here(&crash_frames);
	set_word(crash.object, object);
	set_places(frames_place(&crash_frames), NULL);
	snprintf(crash.what, sizeof(crash.what), "%s", what);
	describe_op(crash.why, sizeof(crash.why));
}

/* UBSan calls this before it prints; it ends the process afterwards. */
void __ubsan_on_report(void)
{
	const char *kind = "undefined", *message = "", *file;
	unsigned int line, column;
	char *address;

	if (__ubsan_get_current_report_data)
		__ubsan_get_current_report_data(&kind, &message, &file, &line,
						&column, &address);
	crash_here(kind, "ubsan", message);
}

static void on_death(void)
{
	crash_here("sanitizer", "death", "a sanitizer ended the process");
	if (dying)
		die();
}

#ifdef VTB_ASAN
static struct vtb_heap_report heap;

static void print_heap_object(void)
{
	fprintf(stderr, "vtb: simulated kernel: %s, allocated by:\n",
		heap.text);
	frames_print(stderr, heap.alloc_pcs, 12);
	if (!heap.free_pcs[0])
		return;
	fprintf(stderr, "vtb: and freed by:\n");
	frames_print(stderr, heap.free_pcs, 12);
}

/* Who freed the object, else who allocated it: the other place. */
static const char *heap_place(void)
{
	const char *place = frames_place_of(heap.free_pcs, 12);

	return place ? place : frames_place_of(heap.alloc_pcs, 12);
}

/* Memory that is not our heap's: ASan may know its kind. */
static const char *plain_object(void *address)
{
	char name[64];
	void *start;
	size_t size;
	const char *kind = __asan_locate_address(address, name, sizeof(name),
						 &start, &size);

	return kind && strcmp(kind, "heap-invalid") ? kind : "memory";
}

/*
 * Outside of the world lies what this process happens to have there: libc's
 * heap, another world, or nothing. Such an access has one name, as if it were
 * nothing; so has one beside a mapping, where something was mapped or not.
 */
static void name_foreign_access(void *address)
{
	const struct sim *sim = target_sim(session.target);

	if ((sim_contains(sim, address) && !sim_is_unmapped(sim, address)) ||
	    !strcmp(crash.object, "global") || !strcmp(crash.object, "stack"))
		return;
	set_word(crash.object, "memory");
	/* A signal has no size, and its name already. */
	if (__asan_get_report_access_size())
		set_word(crash.oracle, __asan_get_report_access_type() ?
			 "wild-addr-write" : "wild-addr-read");
}

/* An access, or a signal, which has no size. */
static void describe_access(const char *kind)
{
	size_t size = __asan_get_report_access_size();

	if (size)
		snprintf(crash.what, sizeof(crash.what), "%s of %zu bytes, %s",
			 __asan_get_report_access_type() ? "write" : "read",
			 size, heap.text);
	else
		snprintf(crash.what, sizeof(crash.what), "%s in %s", kind,
			 heap.text);
}

/*
 * Where it happened. ASan tells this of bad accesses only; of signals it is in
 * the text: "SEGV on unknown address (pc 0x4001 bp 0x7f02 ...".
 */
static void report_frames(const char *text)
{
	uintptr_t pc = (uintptr_t)__asan_get_report_pc();
	uintptr_t bp = (uintptr_t)__asan_get_report_bp();

	text = strstr(text, "(pc 0x");
	if (!pc && (!text || sscanf(text, "(pc %" SCNxPTR " bp %" SCNxPTR, &pc,
				    &bp) != 2))
		pc = bp = 0;
	frames_from(&crash_frames, pc, bp);
}

/*
 * ASan has no word for poison it does not know: SIM_POISON_VIEW, of which
 * @barred is who put it there, and SIM_POISON_USER.
 */
static const char *asan_kind(const void *const *barred)
{
	const char *kind = __asan_get_report_description();

	if (barred)
		return "wrong-alias";
	if (!kind || !*kind)
		return "asan";
	return strcmp(kind, "unknown-crash") ? kind : "unpinned-access";
}

/* By whom memory at @address is kept from being used at this address. */
static const void *const *barred_by(const void *address)
{
	struct sim *sim = target_sim(session.target);
	const void *const *pcs;

	return sim && sim_is_barred(sim, address, &pcs) ? pcs : NULL;
}

/* Such memory may be anybody's: the other place is who has barred it. */
static const char *describe_barred(const void *const *barred)
{
	fprintf(stderr, "vtb: simulated machine: barred at this address by:\n");
	frames_print(stderr, barred, SIM_VIEW_DEPTH);
	set_word(crash.object, "page");
	snprintf(heap.text, sizeof(heap.text),
		 "a page that must be used at its other address");
	return frames_place_of(barred, SIM_VIEW_DEPTH);
}

static void on_asan_report(const char *text)
{
	void *address = __asan_get_report_address();
	const void *const *barred = barred_by(address);
	const char *second = NULL;

	if (!begin_crash(VTB_EXIT_SAFETY, asan_kind(barred)))
		return;
	report_frames(text);
	if (barred) {
		second = describe_barred(barred);
	} else if (!kernel_heap_report(address, &heap)) {
		print_heap_object();
		set_word(crash.object, heap.object);
		second = heap_place();
	} else {
		set_word(crash.object, plain_object(address));
		name_foreign_access(address);
		snprintf(heap.text, sizeof(heap.text), "%s that is not the simulated kernel's heap",
			 crash.object);
	}
	set_places(frames_place(&crash_frames), second);
	describe_access(crash.oracle);
	describe_op(crash.why, sizeof(crash.why));
	die();
}
#else
static void on_signal(int number, siginfo_t *info, void *context)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	char what[64];

	(void)info;
	snprintf(what, sizeof(what), "signal %d: %s", number,
		 strsignal(number));
	if (begin_crash(VTB_EXIT_SAFETY, "signal")) {
		frames_from(&crash_frames, (uintptr_t)regs[REG_RIP],
			    (uintptr_t)regs[REG_RBP]);
		set_word(crash.object, sigabbrev_np(number));
		set_places(frames_place(&crash_frames), NULL);
		snprintf(crash.what, sizeof(crash.what), "%s", what);
		describe_op(crash.why, sizeof(crash.why));
		die();
	}
	fprintf(stderr, "vtb: %s outside of a run\n", what);
	_exit(VTB_EXIT_BENCH);
}
#endif

static void __attribute__((format(printf, 2, 3)))
hang(void *context, const char *format, ...)
{
	const greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	va_list args;

	if (!begin_crash(VTB_EXIT_LIVENESS, "hang"))
		return;
	frames_from(&crash_frames, (uintptr_t)regs[REG_RIP],
		    (uintptr_t)regs[REG_RBP]);
	set_word(crash.object, "wall-clock");
	set_places(frames_place(&crash_frames), NULL);
	va_start(args, format);
	vsnprintf(crash.what, sizeof(crash.what), format, args);
	va_end(args);
	describe_op(crash.why, sizeof(crash.why));
	frames_print(stderr, crash_frames.pc, crash_frames.nr);
	die();
}

/* The same program at two ticks: it has run for at least one of them. */
static void on_alarm(int number, siginfo_t *info, void *context)
{
	static uint64_t last_program;

	(void)number;
	(void)info;
	if (session.running && session.nr_programs == last_program)
		hang(context, "no end after %u seconds of wall clock",
		     session.hang_seconds);
	last_program = session.nr_programs;
}

/*
 * A loop of code under test in which there is nothing to be hooked (no lock, no
 * atomic, in the asan build no load) takes no step, so no budget of steps ends
 * it. Between two steps of a program there are microseconds: a second of processor
 * time in the same one, however loaded the machine is, is for ever.
 */
static void on_tick(int number, siginfo_t *info, void *context)
{
	const struct sim *sim = session.running ? target_sim(session.target) :
						  NULL;
	uint64_t steps = sim ? sim_steps(sim) : 0;
	static uint64_t last_program, last_steps;
	static unsigned int nr_alike;

	(void)number;
	(void)info;
	if (session.running && session.nr_programs == last_program &&
	    steps == last_steps)
		nr_alike++;
	else
		nr_alike = 0;
	last_program = session.nr_programs;
	last_steps = steps;
	if (nr_alike == NO_STEP_TICKS)
		hang(context, "no step in %u ms of processor time",
		     NO_STEP_TICKS * TICK_MS);
}

/* The bench's own faults are worth a reproducer, too. */
static void on_bench_error(const char *text)
{
	static const char unmodelled[] = "unmodelled: ";
	bool missing = !strncmp(text, unmodelled, sizeof(unmodelled) - 1);

	if (!begin_crash(VTB_EXIT_BENCH, missing ? "unmodelled" : "bench-error"))
		return;
	set_word(crash.object, missing ? text + sizeof(unmodelled) - 1 : text);
	snprintf(crash.what, sizeof(crash.what), "%s", text);
	describe_op(crash.why, sizeof(crash.why));
	die();
}

static void set_signal(int number, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction action = {
		.sa_sigaction = fn,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};

	sigaction(number, &action, NULL);
}

static void set_timer(int which, unsigned int ms)
{
	const struct timeval period = {
		.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000,
	};
	const struct itimerval timer = {
		.it_interval = period, .it_value = period,
	};

	setitimer(which, &timer, NULL);
}

static void set_alarm(void)
{
	set_signal(SIGALRM, on_alarm);
	set_signal(SIGPROF, on_tick);
	set_timer(ITIMER_REAL, (session.hang_seconds + 1) / 2 * 1000);
	set_timer(ITIMER_PROF, TICK_MS);
}

void crash_init(void)
{
	sim_bench_error_hook = on_bench_error;
}

/* Where there is no ASan, signals are all that is seen of most crashes. */
static void arm_signals(void)
{
#ifdef VTB_ASAN
	__asan_set_error_report_callback(on_asan_report);
#else
	static const int fatal[] = {
		SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT,
	};
	size_t i;

	for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		set_signal(fatal[i], on_signal);
#endif
}

static void arm_sanitizers(void)
{
	char text[64];

	arm_signals();
	if (!__sanitizer_symbolize_pc || !__sanitizer_set_death_callback)
		return;
	/*
	 * Starts the symbolizer's process, which is kept. Forking for it at
	 * the time of a report would be too late: fibers have their stacks in
	 * shared memory, and the child would run on the very same one.
	 */
	__sanitizer_symbolize_pc((char *)(uintptr_t)crash_arm + 1, "%f", text,
				 sizeof(text));
	__sanitizer_set_death_callback(on_death);
}

void crash_arm(void)
{
	static bool armed;

	if (armed)
		return;
	armed = true;
	set_alarm();
	arm_sanitizers();
}
