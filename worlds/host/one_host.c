/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * one_host.c - the smallest world; see one_host.h
 *
 * Each actor has a page of user memory for the arguments of its calls, so that
 * threads do not write over one another's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <models/machine.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <worlds/account.h>
#include <worlds/host_backend.h>
#include <worlds/one_host.h>
#include <worlds/raise.h>

#define FRAMES		128
#define ARGUMENTS	0x10000ul	/* user address of actor 0's page */

/* For memory models; those of kernels begin with 1. */
#define FIRST_OUTSIDE_CPU	16

extern const struct host_backend kernel_backend;

const char *const one_host_user[] = { "user", NULL };

struct one_host_thread {
	struct one_host *host;
	unsigned int actor;
	int (*start)(struct one_host *host);
};

static struct one_host *host_of(struct world *world)
{
	return (struct one_host *)world;
}

/* -- building -- */

static int start_thread(const struct one_host_thread *thread)
{
	size_t bytes = kernel_backend.page_bytes();
	struct one_host *host = thread->host;
	int rc = 0;

	if (thread->actor)
		kernel_backend.thread_start(host->process);
	else
		rc = kernel_backend.process_start(host->process);
	if (rc)
		return rc;
	rc = (int)kernel_backend.syscalls->mmap(host->process, ARGUMENTS +
			thread->actor * bytes, bytes,
			VMM_PROT_READ | VMM_PROT_WRITE);
	if (rc >= 0 && thread->start)
		rc = thread->start(host);
	return rc < 0 ? rc : 0;
}

static void thread_main(void *arg)
{
	const struct one_host_thread *thread = arg;
	int rc = start_thread(thread);

	if (rc)
		thread->host->start_error = rc;
	thread->host->nr_started++;
	world_actor_main(&thread->host->world, thread->actor);
}

/* An actor that is no thread of the kernel. */
static void fiber_main(void *arg)
{
	const struct one_host_thread *thread = arg;

	world_actor_main(&thread->host->world, thread->actor);
}

static struct sim_fiber *new_fiber(struct one_host_thread *thread, bool is_cpu)
{
	struct world *world = &thread->host->world;
	const struct sim_fiber_options options = {
		.name = world->type->actors[thread->actor],
		.fn = fiber_main,
		.arg = thread,
		.daemon = true,
		.cpu = is_cpu ? FIRST_OUTSIDE_CPU + thread->actor : 0,
	};

	return sim_fiber_new(world->sim, &options);
}

static void run_quiet(struct sim *sim)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	if (sim_run(sim, &limits) == SIM_END_QUIESCENT)
		return;
	sim_bench_error(__FILE__, __LINE__, "building a world: %s",
			sim_finding_get(sim) ? sim_finding_get(sim)->what :
			"it does not come to rest");
}

static void start_actors(struct one_host *host,
			 const struct one_host_options *options)
{
	struct world *world = &host->world;
	struct one_host_thread *threads;
	unsigned int nr_threads = options->nr_threads, i;

	if (!nr_threads)
		nr_threads = world->nr_actors;

	threads = sim_alloc(world->sim, world->nr_actors * sizeof(*threads), 8);
	host->threads = threads;
	host->nr_threads = nr_threads;
	host->process = kernel_backend.process_new(world->sim, host->kernel,
						   "process");
	for (i = 0; i < world->nr_actors; i++) {
		threads[i] = (struct one_host_thread){
			.host = host, .actor = i,
			.start = i ? NULL : options->start,
		};
		world->actor[i] = i >= nr_threads ?
			new_fiber(&threads[i], options->fibers_are_cpus) :
			kernel_backend.thread_new(host->process,
						  world->type->actors[i],
						  thread_main, &threads[i]);
		sim_assert(world->actor[i]);
		run_quiet(world->sim);
	}
	if (host->start_error)
		sim_bench_error(__FILE__, __LINE__,
				"the process does not start: %d",
				host->start_error);
}

void one_host_set_baseline(struct one_host *host)
{
	kernel_backend.account_peek(host->kernel, &host->baseline);
	kernel_backend.holders_peek(host->kernel, &host->holders);
}

struct world *one_host_build_with(const struct world_type *type,
				  struct sim *sim,
				  const struct one_host_options *options)
{
	const struct machine_options machine = {
		.name = "host", .nr_frames = options->nr_frames ?: FRAMES,
		.command_line = options->command_line,
	};
	struct one_host *host = sim_alloc(sim, options->bytes, 8);
	int error;

	world_init(&host->world, type, sim);
	host->machine = machine_new(sim, &machine);
	sim_assert(host->machine);
	if (options->plug)
		options->plug(host, options->config);
	host->nr_cpus = options->nr_cpus ?: 1;
	host->kernel = kernel_backend.kernel_new(sim, host->machine,
						 machine.name, host->nr_cpus);
	sim_assert(host->kernel);
	run_quiet(sim);
	error = kernel_backend.boot_error(host->kernel);
	if (error)
		sim_bench_error(__FILE__, __LINE__,
				"the kernel does not boot: %d", error);
	start_actors(host, options);
	one_host_set_baseline(host);
	return &host->world;
}

struct world *one_host_build(const struct world_type *type, struct sim *sim,
			     size_t bytes)
{
	const struct one_host_options options = { .bytes = bytes };

	return one_host_build_with(type, sim, &options);
}

/* -- another kernel -- */

#define KEXEC_STEP_NS	2000
#define KEXEC_STEPS	2000

static bool thread_at_work(const struct one_host *host)
{
	unsigned int i;

	for (i = 0; i < host->nr_threads; i++)
		if (host->world.running[i])
			return true;
	return false;
}

/* Waits as long as @goes_on says so; false: too long. */
static bool wait_while(struct one_host *host,
		       bool (*goes_on)(const struct one_host *host))
{
	unsigned int i;

	for (i = 0; i < KEXEC_STEPS && goes_on(host); i++)
		sim_fiber_sleep(host->world.sim, KEXEC_STEP_NS);
	return !goes_on(host);
}

static bool not_down(const struct one_host *host)
{
	return !kernel_backend.is_down(host->kernel);
}

static bool not_up(const struct one_host *host)
{
	return !kernel_backend.is_up(host->kernel);
}

static bool not_started(const struct one_host *host)
{
	return host->nr_started < host->nr_threads;
}

/* The fibers of the old threads are left where they stand, for ever. */
static void replace_threads(struct one_host *host)
{
	struct world *world = &host->world;
	bool started;
	unsigned int i;

	host->process = kernel_backend.process_new(world->sim, host->kernel,
						   "process");
	host->nr_started = 0;
	for (i = 0; i < host->nr_threads; i++) {
		world->actor[i] = kernel_backend.thread_new(host->process,
					world->type->actors[i], thread_main,
					&host->threads[i]);
		sim_assert(world->actor[i]);
		/* The first one makes the process. */
		while (host->nr_started <= i)
			sim_fiber_sleep(world->sim, KEXEC_STEP_NS);
	}
	started = wait_while(host, not_started);
	sim_assert(started && !host->start_error);
}

int one_host_kexec(struct one_host *host, void (*between)(struct one_host *))
{
	struct sim_memory *memory = machine_memory(host->machine);
	struct world *world = &host->world;
	bool done;

	world_hold(world);
	if (!wait_while(host, thread_at_work)) {
		world_release(world);
		return -EBUSY;
	}
	kernel_backend.kernel_restart(host->kernel);
	done = wait_while(host, not_down);
	sim_assert(done);
	if (between)
		between(host);
	/* What lies in it means nothing to the new kernel. */
	sim_frames_set_class(memory, 0, sim_memory_frames(memory),
			     SIM_FRAME_FREE);
	host->open_files = 0;
	host->kernel = kernel_backend.kernel_new(world->sim, host->machine,
						 "kexec", host->nr_cpus);
	sim_assert(host->kernel);
	done = wait_while(host, not_up);
	sim_assert(done && !kernel_backend.boot_error(host->kernel));
	replace_threads(host);
	one_host_set_baseline(host);
	world_release(world);
	return 0;
}

/* -- system calls -- */

int64_t one_host_open(struct world *world, const char *device)
{
	struct one_host *host = host_of(world);
	long fd = kernel_backend.syscalls->open(host->process, device);

	sim_assert(fd < ONE_HOST_MAX_FILES);
	if (fd >= 0)
		host->open_files |= 1ull << fd;
	return fd;
}

int64_t one_host_close(struct world *world, uint64_t file)
{
	struct one_host *host = host_of(world);
	/* Programs close what never was a file, too. */
	uint64_t bit = file < ONE_HOST_MAX_FILES ? 1ull << file : 0;
	uint64_t was_open = host->open_files & bit;
	long rc;

	/* Another thread may be given the number before the call returns. */
	host->open_files &= ~was_open;
	rc = kernel_backend.syscalls->close(host->process, (int)file);
	if (rc < 0)
		host->open_files |= was_open;
	return rc;
}

int64_t one_host_run_close(struct world *world, const uint64_t *args)
{
	return one_host_close(world, args[0]);
}

int64_t one_host_ioctl(struct world *world, uint64_t file, unsigned int cmd,
		       void *arg, size_t bytes)
{
	const struct vmm_syscalls *sys = kernel_backend.syscalls;
	size_t page_bytes = kernel_backend.page_bytes();
	struct one_host *host = host_of(world);
	uint32_t slot = sim_op(world->sim);
	unsigned long at = ARGUMENTS;
	long rc;

	if (slot)
		at += world->calls[slot - 1].op->actor * page_bytes;
	sim_assert(bytes <= page_bytes);
	/* The machine may have no page left for its stack. */
	if (sys->store(host->process, at, arg, bytes) < 0)
		return -ENOMEM;
	rc = sys->ioctl(host->process, (int)file, cmd, at);
	if (rc >= 0)
		sim_assert(sys->load(host->process, at, arg, bytes) >= 0);
	return rc;
}

/* -- the end -- */

void one_host_raise(struct world *world, const char *oracle,
		    const char *object, const char *what, const char *why)
{
	const struct world_finding finding = {
		.oracle = oracle,
		.object = object,
		.place = { world_op_name(world, sim_op(world->sim)) },
		.what = what,
		.why = why,
	};

	world_raise(world, &finding);
}

static int64_t close_all(struct world *world, const uint64_t *args)
{
	struct one_host *host = host_of(world);
	uint64_t file;

	for (file = 0; file < ONE_HOST_MAX_FILES; file++)
		if (host->open_files >> file & 1)
			one_host_close(world, file);
	return 0;
}

/* A program may leave files open, which hold memory rightly. */
static enum sim_end wind_up(struct world *world)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct sim_plan no_faults = { .strategy = SIM_REPLAY };

	sim_set_plan(world->sim, &no_faults);
	world_call(world, 0, close_all);
	return sim_run(world->sim, &limits);
}

static void judge_leak(struct one_host *host)
{
	char why[SIM_FINDING_TEXT], text[96] = "none of it is known";
	struct vtb_account now;
	struct account_leak leak;
	struct host_growth growth = { 0 };
	struct world_finding finding = {
		.oracle = "leak",
		.what = "all files are closed and the kernel holds more than before",
		.why = why,
	};

	if (host->may_leak)
		return;
	kernel_backend.account_peek(host->kernel, &now);
	if (!account_find_leak(&host->baseline, &now, &leak))
		return;
	finding.object = leak.object;
	growth.kind = leak.object;
	if (!strcmp(leak.object, "page"))
		growth.ignored = host->may_grow;
	finding.place[0] = kernel_backend.growth_peek(host->kernel,
						      &host->holders, &growth,
						      text, sizeof(text));
	if (!finding.place[0])
		finding.place[0] = "close";
	finding.place[1] = host->leak_after;
	snprintf(why, sizeof(why), "%lu before, %lu after: %s", leak.before,
		 leak.after, text);
	world_raise(&host->world, &finding);
}

void one_host_finish(struct world *world, enum sim_end end)
{
	if (end == SIM_END_QUIESCENT && !world_running_op(world))
		end = wind_up(world);
	if (sim_finding_get(world->sim) || end != SIM_END_QUIESCENT)
		return;
	if (host_of(world)->may_hang ||
	    !world_raise_hang(world, kernel_backend.entry_point))
		judge_leak(host_of(world));
}
