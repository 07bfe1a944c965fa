/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * litmus_cut.h - small programs that tell memory models apart
 *
 * Plain C types: both compile worlds see this.
 */
#ifndef LITMUS_CUT_H
#define LITMUS_CUT_H

#define LITMUS_THREADS	4

/* Memory models in which an outcome is ... */
#define LITMUS_SC	(1u << 0)
#define LITMUS_TSO	(1u << 1)
#define LITMUS_WEAK	(1u << 2)

/*
 * @outcome is what is asked about. It may be seen in the models of @allowed
 * and in no other; where it is in @shown, our engine shows it.
 */
struct litmus {
	const char *name;
	void (*thread[LITMUS_THREADS])(int *r);
	int (*outcome)(const int *r, int x, int y);
	unsigned int allowed;
	unsigned int shown;
};

extern const struct litmus litmus_tests[];
extern const unsigned int litmus_nr_tests;

/* A site mutant of code of @test: models in which the outcome is seen then. */
struct litmus_mutant {
	const char *test;
	const char *mutant;
	unsigned int shown;
};

extern const struct litmus_mutant litmus_mutants[];
extern const unsigned int litmus_nr_mutants;

/* What x and y are in the end; for callers outside of the kernel. */
void litmus_final(int *x, int *y);

#endif
