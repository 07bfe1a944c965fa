/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture.c - see fixture.h
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

struct sim *world_new(unsigned int slot)
{
	struct sim_options options = { .region_slot = slot };
	struct sim *sim = sim_new(&options);

	assert_non_null(sim);
	return sim;
}

enum sim_end run(struct sim *sim)
{
	struct sim_run_options options = { 0 };

	return sim_run(sim, &options);
}

enum sim_end run_steps(struct sim *sim, uint64_t steps)
{
	struct sim_run_options options = { .step_budget = steps };

	return sim_run(sim, &options);
}

struct sim_fiber *spawn(struct sim *sim, const char *name, sim_fiber_fn fn,
			void *arg)
{
	struct sim_fiber_options options = {
		.name = name,
		.fn = fn,
		.arg = arg,
	};

	return sim_fiber_new(sim, &options);
}

void set_strategy(struct sim *sim, enum sim_strategy strategy, uint64_t seed)
{
	struct sim_plan plan = {
		.seed = seed,
		.strategy = strategy,
		.preempt_den = 2,
		.depth = 2,
		.steps = 100,
	};

	sim_set_plan(sim, &plan);
}

/* Reads until the other end is closed; what does not fit is dropped. */
static void read_all(int fd, char *text, size_t size)
{
	char drop[256];
	size_t used = 0;
	ssize_t n;

	do {
		if (used + 1 < size)
			n = read(fd, text + used, size - 1 - used);
		else
			n = read(fd, drop, sizeof(drop));
		if (n > 0 && used + 1 < size)
			used += n;
	} while (n > 0);
	text[used] = '\0';
}

int in_child(void (*fn)(void), char *text, size_t size)
{
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		fn();
		_exit(0);
	}
	close(fds[1]);
	read_all(fds[0], text, size);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
