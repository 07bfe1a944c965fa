/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding.h - what an oracle reports, and the failure contract
 *
 * Identity = oracle + object kind + the functions of the two places involved
 * (functions of the code under test, else names of ops). Never a line, an
 * address, an offset or the implementation. Two runs found the same bug if and
 * only if their identities are equal strings.
 */
#ifndef SIM_FINDING_H
#define SIM_FINDING_H

#include <sim/sim.h>

enum vtb_exit {
	VTB_EXIT_CLEAN = 0,
	VTB_EXIT_USAGE = 1,
	VTB_EXIT_BENCH = 3,		/* our own fault, or an unmodelled case */
	VTB_EXIT_SAFETY = 4,
	VTB_EXIT_LIVENESS = 5,
	VTB_EXIT_NONDETERMINISM = 6,
	VTB_EXIT_SKIP = 77,
};

/* Texts are copied and cut to these lengths. */
#define SIM_FINDING_WORD	48
#define SIM_FINDING_TEXT	240

struct sim_finding {
	enum vtb_exit severity;		/* _SAFETY, _LIVENESS or _BENCH */
	/*
	 * Whatever an adversary has written (fetch.h), this is wrong. Of other
	 * findings he may be the cause, since oracles go by what user space or
	 * a peer has asked for: they end the run, undecided.
	 */
	bool despite_change;
	char oracle[SIM_FINDING_WORD];	/* "lost-dirty-bit" */
	char object[SIM_FINDING_WORD];	/* "bitmap", "kmalloc-64", "page" */
	char place[2][SIM_FINDING_WORD];	/* functions or ops; may be "" */
	const void *pc[2];		/* in the code of a place, or NULL */
	char what[SIM_FINDING_TEXT];	/* one line, for FAIL */
	char why[SIM_FINDING_TEXT];	/* one line, for WHY */
	uint64_t step;
	uint64_t time_ns;
	uint32_t op;			/* op slot charged */
	uint16_t actor;
};

/*
 * Records a finding and ends the run: inside a fiber it does not return, the
 * fiber is abandoned where it stands. The first finding of a run wins. step,
 * time_ns, op and actor are filled in here.
 */
void sim_finding_raise(struct sim *sim, const struct sim_finding *finding);

/*
 * Called with the first finding of a run on the stack of whoever raised it, to
 * look at that stack; it must not change the world. Process-level, set once by
 * the front end; NULL: nothing.
 */
extern void (*sim_finding_hook)(const struct sim_finding *finding);

/*
 * The finding of this run, or NULL. One of severity VTB_EXIT_CLEAN has ended it
 * without saying anything: see despite_change.
 */
const struct sim_finding *sim_finding_get(const struct sim *sim);

/* "lost-dirty-bit/bitmap/iova_bitmap_set+dma_write"; at most 4 words. */
void sim_finding_identity(const struct sim_finding *finding, char *buf,
			  size_t size);

/* A bench error: prints "vtb: ..." with file and line and exits with 3. */
void sim_bench_error(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/*
 * Called with the text of a bench error before the process ends, to save the
 * program that ran into it. Process-level, set once by the front end; NULL:
 * nothing.
 */
extern void (*sim_bench_error_hook)(const char *text);

/* Invariants of the bench itself; on in every build. */
#define sim_assert(condition)						\
	do {								\
		if (__builtin_expect(!(condition), 0))			\
			sim_bench_error(__FILE__, __LINE__,		\
					"assertion failed: %s",		\
					#condition);			\
	} while (0)

#endif
