/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.c - a program under many schedules
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "explore.h"

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

time_t explore_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Zeroed memory that workers share, or NULL after a message. */
static void *shared_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory != MAP_FAILED)
		return memory;
	perror("vtb: explore: no memory");
	return NULL;
}

/* What is to be searched for goes; faults and peers stay as they are. */
static void drop_schedule(struct program *p)
{
	uint32_t i, kept = 0;

	for (i = 0; i < p->nr_overrides; i++)
		if (p->overrides[i].kind > SIM_DECIDE_PREEMPT &&
		    p->overrides[i].kind != SIM_DECIDE_HOLD &&
		    p->overrides[i].kind != SIM_DECIDE_STALE)
			p->overrides[kept++] = p->overrides[i];
	p->nr_overrides = kept;
	p->nr_bytes = 0;
	p->switches[0] = '\0';
	p->strategy = SIM_ROUND_ROBIN;
	p->preempt_den = 0;
	p->expect[0] = '\0';
	p->expect_in[0] = '\0';
	program_normalise(p);
}

static int load(struct explore *x)
{
	char error[512];

	if (program_load(&x->base, world_types, x->options.file, error,
			 sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	if (x->strategy != EXPLORE_REPLAY)
		drop_schedule(&x->base);
	if (x->memory != EXPLORE_MEMORY_MIX)
		x->base.memory = (enum sim_memory_model)x->memory;
	if (x->options.mutant)
		snprintf(x->base.mutant, sizeof(x->base.mutant), "%s",
			 x->options.mutant);
	return mutant_check(x->options.file, x->base.mutant);
}

static bool parse_strategy(struct explore *x)
{
	const char *name = x->options.strategy;
	int i;

	for (i = 0; i < EXPLORE_STRATEGIES; i++) {
		if (strcmp(explore_strategy_names[i], name))
			continue;
		x->strategy = (enum explore_strategy)i;
		return true;
	}
	fprintf(stderr, "vtb: explore: no strategy '%s', expected one of", name);
	for (i = 0; i < EXPLORE_STRATEGIES; i++)
		fprintf(stderr, "%s %s", i ? "," : "", explore_strategy_names[i]);
	fprintf(stderr, "\n");
	return false;
}

/* The file's, unless said otherwise; the mix has that, too. */
static bool parse_memory(struct explore *x)
{
	const char *name = x->options.memory;

	x->memory = EXPLORE_MEMORY_MIX;
	if (!name)
		return true;
	x->memory = sim_memory_model_parse(name);
	if (x->memory >= 0)
		return true;
	fprintf(stderr, "vtb: explore: no memory '%s', expected sc, tso or weak\n",
		name);
	return false;
}

static bool check_number(const char *what, uint64_t value, uint64_t first,
			 uint64_t last)
{
	if (value >= first && value <= last)
		return true;
	fprintf(stderr, "vtb: explore: %s is %llu, expected %llu to %llu\n",
		what, (unsigned long long)value, (unsigned long long)first,
		(unsigned long long)last);
	return false;
}

static bool check_options(struct explore *x)
{
	return parse_strategy(x) && parse_memory(x) &&
	       check_number("--depth", x->options.depth, 1, SIM_MAX_DEPTH) &&
	       check_number("--bound", x->options.bound, 0,
			    SIM_SEARCH_MAX_BOUND) &&
	       check_number("--preempt", x->options.preempt_den, 1, 0xffff);
}

/* Called in the parent, now and then: is it time to stop? */
static bool on_wait(void *arg)
{
	struct explore *x = arg;

	if (!x->estimating)
		explore_say_progress(x);
	x->stopped = interrupted ||
		     (x->deadline && explore_now() >= x->deadline);
	return x->stopped;
}

static int found(struct explore *x, struct worker *worker,
		 const struct worker_result *result)
{
	static struct worker_result copy;

	copy = *result;
	if (!x->findings++)
		x->first_at = explore_schedules(x);
	return explore_save(x, worker_program(worker), &copy);
}

/* Runs schedules until none is left, time is up, or enough was found. */
static int search(struct explore *x, struct worker *worker)
{
	const struct sim_trace_reader reader = { explore_record, x };
	const struct worker_series series = {
		.next = explore_next,
		.done = explore_done,
		.wait = on_wait,
		.reader = x->estimating ? &reader : NULL,
		.accesses = &x->interleaving.reader,
		.arg = x,
	};
	const struct worker_result *result;
	int code = VTB_EXIT_CLEAN;

	for (;;) {
		result = worker_run_series(worker, &series);
		if (!result)
			return code;
		if (x->estimating)
			continue;
		code = session_worse(code, result->exit_code);
		code = session_worse(code, found(x, worker, result));
		if (!x->options.all || x->stopped)
			return code;
	}
}

/* How many actors, how many steps? What is found here will be found again. */
static void estimate(struct explore *x, struct worker *worker)
{
	x->estimating = true;
	x->limit = EXPLORE_ESTIMATES;
	search(x, worker);
	x->estimating = false;
	x->index = 0;
	x->exhausted = false;
	x->limit = x->options.runs;
	if (!x->actors)
		x->actors = 1;
	if (!x->steps)
		x->steps = 1;
}

static int run(struct explore *x)
{
	struct worker *worker = worker_new();

	if (!worker)
		return VTB_EXIT_BENCH;
	if (x->strategy != EXPLORE_REPLAY)
		estimate(x, worker);
	explore_say_start(x);
	x->worst = search(x, worker);
	worker_free(worker);
	explore_say_end(x);
	return x->worst;
}

static int prepare(struct explore *x)
{
	const struct sim_search_options bounded = {
		.bound = (unsigned int)x->options.bound,
		.reduce = !x->options.no_reduction,
	};
	void *memory;
	int code;

	if (!check_options(x))
		return VTB_EXIT_USAGE;
	code = load(x);
	if (code)
		return code;
	if (x->strategy == EXPLORE_BOUNDED) {
		memory = shared_memory(sim_search_bytes());
		if (!memory)
			return VTB_EXIT_BENCH;
		x->search = sim_search_init(memory, &bounded);
	}
	x->started = explore_now();
	if (x->options.seconds)
		x->deadline = x->started + (time_t)x->options.seconds;
	return VTB_EXIT_CLEAN;
}

int explore_file(const struct explore_options *options)
{
	struct explore *x = shared_memory(sizeof(*x));
	int code;

	if (!x)
		return VTB_EXIT_BENCH;
	x->options = *options;
	interleaving_init(&x->interleaving, explore_pair, x);
	code = prepare(x);
	if (!code) {
		signal(SIGINT, on_interrupt);
		code = run(x);
	}
	if (x->search)
		munmap(x->search, sim_search_bytes());
	munmap(x, sizeof(*x));
	return code;
}
