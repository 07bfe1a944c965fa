/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * defer_test.c - runner of the tests of deferred work, and their stories
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "defer_cut.h"
#include "defer_test.h"

static char text_now[128];

static int fetch(void)
{
	strncpy(text_now, cut_text(), sizeof(text_now) - 1);
	return cut_wrong();
}

int wrong_line(struct exec_world *world, unsigned int nr)
{
	return exec_int(world, nr, fetch);
}

void check_right(struct exec_world *world, unsigned int nr)
{
	int line = wrong_line(world, nr);

	if (line)
		fail_msg("wrong condition in line %d, text \"%s\"", line,
			 text_now);
}

void check_text(struct exec_world *world, unsigned int nr, const char *text)
{
	check_right(world, nr);
	assert_string_equal(text_now, text);
}

static void start(struct exec_world *world, const struct actor *actor)
{
	if (actor->fn)
		exec_start(world, 0, actor->fn);
	else
		exec_start_int(world, 0, actor->fn_long, actor->arg);
}

static void run_quietly(struct exec_world *world)
{
	enum sim_end end = exec_run(world);
	const struct sim_finding *finding = sim_finding_get(world->sim);

	if (finding)
		fail_msg("finding %s/%s %s+%s: %s (%s)", finding->oracle,
			 finding->object, finding->place[0], finding->place[1],
			 finding->what, finding->why);
	assert_int_equal(end, SIM_END_QUIESCENT);
}

void expect_story(unsigned int nr_cpus, const struct actor *actors,
		  unsigned int nr, const char *text)
{
	struct exec_world *world = exec_world_new(1, nr_cpus);
	unsigned int i;

	for (i = 0; i < nr; i++)
		start(world, &actors[i]);
	run_quietly(world);
	check_text(world, 0, text);
	exec_world_free(world);
}

void expect_text(void (*fn)(void), const char *text)
{
	const struct actor actor = { .fn = fn };

	expect_story(1, &actor, 1, text);
}

void expect_text_arg(void (*fn)(long arg), long arg, const char *text)
{
	const struct actor actor = { .fn_long = fn, .arg = arg };

	expect_story(1, &actor, 1, text);
}

void expect_finding(void (*fn)(void), const char *identity)
{
	struct exec_world *world = exec_world_new(1, 1);

	exec_start(world, 0, fn);
	exec_expect(world, identity);
	exec_world_free(world);
}

void expect_finding_of_two(void (*a)(void), void (*b)(void),
			   const char *identity)
{
	struct exec_world *world = exec_world_new(1, 2);

	exec_start(world, 0, a);
	exec_start(world, 0, b);
	exec_expect(world, identity);
	exec_world_free(world);
}

static int anything;

void choose_anything(int on)
{
	anything = on;
}

static void set_strategy(struct exec_world *world, uint64_t seed)
{
	const struct sim_plan plan = {
		.seed = seed,
		.strategy = SIM_RANDOM,
		.preempt_den = 4,
		.fail_num[SIM_DECIDE_PEER] = anything ? 0x8000 : 0,
	};

	sim_set_plan(world->sim, &plan);
}

static int run_seed(const struct actor *actors, unsigned int nr, uint64_t seed)
{
	struct exec_world *world = exec_world_new(1, 2);
	unsigned int i;
	int line;

	set_strategy(world, seed);
	for (i = 0; i < nr; i++)
		start(world, &actors[i]);
	run_quietly(world);
	line = wrong_line(world, 0);
	exec_world_free(world);
	return line;
}

unsigned int count_wrong(const struct actor *actors, unsigned int nr,
			 uint64_t seeds)
{
	unsigned int wrong = 0;
	uint64_t seed;

	for (seed = 1; seed <= seeds; seed++)
		wrong += run_seed(actors, nr, seed) != 0;
	return wrong;
}

#ifdef VTB_ASAN
static int child_reports(const struct actor *actors, unsigned int nr,
			 uint64_t seed, const char *text)
{
	char report[8192] = "";
	size_t len = 0;
	ssize_t got;
	int fds[2];
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		run_seed(actors, nr, seed);
		_exit(0);
	}
	close(fds[1]);
	while (len < sizeof(report) - 1) {
		got = read(fds[0], report + len, sizeof(report) - 1 - len);
		if (got <= 0)
			break;
		len += got;
	}
	close(fds[0]);
	waitpid(child, NULL, 0);
	return strstr(report, text) != NULL;
}
#endif

int asan_finds(const struct actor *actors, unsigned int nr, uint64_t seeds,
	       const char *text)
{
#ifdef VTB_ASAN
	uint64_t seed;

	for (seed = 1; seed <= seeds; seed++)
		if (child_reports(actors, nr, seed, text))
			return 1;
	return 0;
#else
	return 1;
#endif
}

struct vtb_account account_of(struct exec_world *world, unsigned int nr)
{
	struct vtb_account account;

	kernel_peek_begin(world->kernel[nr]);
	vtb_kernel_account(&account);
	kernel_peek_end();
	return account;
}

int main(void)
{
#ifdef DEFER_TESTS
	return DEFER_TESTS() != 0;
#else
	int failed = rcu_tests();

	failed += softirq_tests();
	failed += time_tests();
	failed += workqueue_tests();
	return failed != 0;
#endif
}
