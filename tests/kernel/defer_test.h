/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * defer_test.h - what the tests of deferred work share
 */
#ifndef DEFER_TEST_H
#define DEFER_TEST_H

#include <stdint.h>

#include "exec_world.h"

/* Groups of tests: the number of failed ones. */
int rcu_tests(void);
int softirq_tests(void);
int time_tests(void);
int workqueue_tests(void);
int xarray_tests(void);
int ioasid_tests(void);
int iommu_core_tests(void);
int pasid_tests(void);

/* A thread of a story: fn, or fn_long with @arg. */
struct actor {
	void (*fn)(void);
	void (*fn_long)(long arg);
	long arg;
};

/*
 * Threads on vCPUs 0, 1... of an instance with @nr_cpus; when all is quiet the
 * text must be @text, and no condition wrong.
 */
void expect_story(unsigned int nr_cpus, const struct actor *actors,
		  unsigned int nr, const char *text);
/* The same with one thread. */
void expect_text(void (*fn)(void), const char *text);
void expect_text_arg(void (*fn)(long arg), long arg, const char *text);

/* One thread on one vCPU: ends in a finding of this identity. */
void expect_finding(void (*fn)(void), const char *identity);
/* Two threads on two vCPUs. */
void expect_finding_of_two(void (*a)(void), void (*b)(void),
			   const char *identity);

/* The text and the wrong line of instance @nr now. */
void check_text(struct exec_world *world, unsigned int nr, const char *text);
void check_right(struct exec_world *world, unsigned int nr);
int wrong_line(struct exec_world *world, unsigned int nr);

/*
 * Runs two threads on two vCPUs by each of the random schedules 1..@seeds.
 * Returns in how many a condition was wrong.
 */
unsigned int count_wrong(const struct actor *actors, unsigned int nr,
			 uint64_t seeds);

/*
 * Does ASan end one of the random schedules 1..@seeds with a report that
 * contains @text? In a child process each. Always true without ASan.
 */
int asan_finds(const struct actor *actors, unsigned int nr, uint64_t seeds,
	       const char *text);

/* From now on half of all choices are not the default, in random schedules. */
void choose_anything(int on);

struct vtb_account account_of(struct exec_world *world, unsigned int nr);

#endif
