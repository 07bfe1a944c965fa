/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races.c - two threads of a process and /dev/races
 *
 * Oracles, beside those of one_host.h (memory, locks, leaks, hangs):
 *
 * wrong-value: an answer is that to the request, a session is what somebody
 * set. Answers are a function of the tag, and the component itself compares the
 * two halves of a session (-EILSEQ). Assumption: none; it holds in any order.
 */
#include <errno.h>
#include <string.h>

#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/sim.h>

#include "races.h"

/* Any function does in which tags differ. */
static uint32_t answer_of(uint32_t tag)
{
	return (tag + 1) * 0x9e3779b1u;
}

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	return one_host_ioctl(world, races(world)->file, cmd, arg, bytes);
}

/* -- pollers -- */

int64_t op_poller_start(struct world *world, const uint64_t *args)
{
	struct races_poller arg = {
		.slot = args[0], .period = args[1], .rounds = args[2],
	};

	return call(world, RACES_POLLER_START, &arg, sizeof(arg));
}

int64_t op_poller_kick(struct world *world, const uint64_t *args)
{
	struct races_poller arg = { .slot = args[0] };

	return call(world, RACES_POLLER_KICK, &arg, sizeof(arg));
}

int64_t op_poller_stop(struct world *world, const uint64_t *args)
{
	struct races_poller arg = { .slot = args[0] };

	return call(world, RACES_POLLER_STOP, &arg, sizeof(arg));
}

/* -- sessions -- */

int64_t op_session_set(struct world *world, const uint64_t *args)
{
	struct races_session arg = { .slot = args[0], .value = args[1] };

	return call(world, RACES_SESSION_SET, &arg, sizeof(arg));
}

int64_t op_session_del(struct world *world, const uint64_t *args)
{
	struct races_session arg = { .slot = args[0] };

	return call(world, RACES_SESSION_DEL, &arg, sizeof(arg));
}

static int64_t read_session(struct world *world, unsigned int cmd,
			    struct races_session *arg)
{
	int64_t rc = call(world, cmd, arg, sizeof(*arg));

	if (rc == -EILSEQ)
		one_host_raise(world, "wrong-value", "session",
			       "a session does not hold what was set",
			       "its two halves do not belong together");
	return rc;
}

int64_t op_session_get(struct world *world, const uint64_t *args)
{
	struct races_session arg = { .slot = args[0] };

	return read_session(world, RACES_SESSION_GET, &arg);
}

int64_t op_session_use(struct world *world, const uint64_t *args)
{
	struct races_session arg = { .slot = args[0], .hold = args[1] };

	return read_session(world, RACES_SESSION_USE, &arg);
}

/* -- requests -- */

static int64_t request(struct world *world, unsigned int cmd,
		       const uint64_t *args, const char *object)
{
	struct races_command arg = { .tag = args[0], .jiffies = args[1] };
	int64_t rc = call(world, cmd, &arg, sizeof(arg));

	if (rc >= 0 && arg.result != answer_of(arg.tag))
		one_host_raise(world, "wrong-value", object,
			       "a request was given the answer to another",
			       "answers are a function of the tag");
	return rc;
}

static int64_t answer(struct world *world, unsigned int cmd,
		      const uint64_t *args)
{
	struct races_command arg = {
		.tag = args[0], .result = answer_of(args[0]),
	};

	return call(world, cmd, &arg, sizeof(arg));
}

int64_t op_command_submit(struct world *world, const uint64_t *args)
{
	return request(world, RACES_COMMAND_SUBMIT, args, "command");
}

int64_t op_command_answer(struct world *world, const uint64_t *args)
{
	return answer(world, RACES_COMMAND_ANSWER, args);
}

int64_t op_channel_exchange(struct world *world, const uint64_t *args)
{
	return request(world, RACES_CHANNEL_EXCHANGE, args, "channel");
}

int64_t op_channel_answer(struct world *world, const uint64_t *args)
{
	return answer(world, RACES_CHANNEL_ANSWER, args);
}

/* -- the world -- */

int64_t op_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

static struct world *build(struct sim *sim, const uint64_t *config);

static const struct world_type type = {
	.name = "races",
	.help = "two threads on two vCPUs and /dev/races",
	.actors = races_actors,
	.ops = races_ops, .nr_ops = RACES_NR_OPS,
	.build = build, .finish = one_host_finish,
};

static int64_t open_device(struct world *world, const uint64_t *args)
{
	int64_t file = one_host_open(world, "races");

	if (file < 0)
		sim_bench_error(__FILE__, __LINE__, "/dev/races: %d",
				(int)file);
	races(world)->file = file;
	return file;
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct one_host_options options = {
		.bytes = sizeof(struct races_world), .nr_cpus = RACES_ACTORS,
	};
	struct world *world = one_host_build_with(&type, sim, &options);

	world_call(world, ACTOR_FIRST, open_device);
	sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	return world;
}

const struct world_type *const world_types[] = { &type, NULL };
