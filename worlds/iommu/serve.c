/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.c - the thread that answers page requests
 *
 *	device waits --> IOMMU --> kernel --> IOAS_FAULT --> this thread
 *	device goes on <-- kernel <-- IOAS_RESPOND <----------'
 *
 * It sleeps in user mode until a device asks, then looks for what the kernel has
 * to say until there is something; what it does about it is set by an op. It
 * sees no request that the kernel answers itself. A request that nobody answers
 * leaves the device waiting, which is a hang.
 */
#include <errno.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <stdio.h>

#include <worlds/host_backend.h>

#include "iommu.h"

extern const struct host_backend kernel_backend;

#define PAGE		4096ull
#define ARGUMENT	0x3000000ul	/* user address of a page */
#define LOOKS		24		/* some ms in all */
#define TRIES		100
#define LATE_NS		500000ull

enum page_policy {
	POLICY_MAP, POLICY_SUCCESS, POLICY_INVALID, POLICY_FAILURE, POLICY_LATE,
	POLICY_TWICE,
};

int64_t op_page_policy(struct world *world, const uint64_t *args)
{
	iommu_world(world)->policy = (uint32_t)args[0];
	return 0;
}

/* Not judged, but while it runs others cannot be. */
static long call(struct iommu_world *w, unsigned int cmd, void *arg,
		 size_t bytes)
{
	const struct vmm_syscalls *sys = kernel_backend.syscalls;
	struct ref_call call = { 0 };
	unsigned int tries;
	long rc = -EFAULT;

	oracle_begin(w, &call);
	/* It may be made to fail, and then nothing has happened. */
	for (tries = 0; tries < TRIES && rc == -EFAULT; tries++) {
		sim_assert(sys->store(w->host.process, ARGUMENT, arg,
				      bytes) >= 0);
		rc = sys->ioctl(w->host.process, (int)w->file, cmd, ARGUMENT);
	}
	if (rc >= 0)
		sim_assert(sys->load(w->host.process, ARGUMENT, arg,
				     bytes) >= 0);
	call.expected = (int)rc;
	oracle_end(w, &call, rc);
	return rc < 0 ? rc : 0;
}

/* The binding of a device that a fault speaks of, or NULL. */
static const struct ref_binding *find_binding(const struct iommu_world *w,
					      const struct ioas_fault *fault)
{
	const struct ref_binding *b = w->reference.nest.bindings;
	unsigned int i;

	for (i = 0; i < MAX_BINDINGS; i++)
		if (b[i].used && b[i].guest_pasid == fault->fault.pasid &&
		    iommu_requester_id(b[i].device) == fault->device)
			return &b[i];
	return NULL;
}

/* The guest has the page brought in. */
static void bring_in(struct iommu_world *w, const struct ioas_fault *fault)
{
	const struct ref_binding *b = find_binding(w, fault);
	uint64_t page = (fault->fault.addr - GUEST_FIRST) / PAGE;

	if (b && fault->fault.addr >= GUEST_FIRST && page < GUEST_PAGES)
		nest_put(w, b->table, (unsigned int)page,
			 iommu_iova(0, page), true);
}

struct response_buffer {
	struct ioas_nesting head;
	struct nesting_response response;
};

static long respond(struct iommu_world *w, const struct ioas_fault *fault,
		    uint32_t space, uint32_t code)
{
	bool has_pasid = fault->fault.flags & NESTING_FAULT_HAS_PASID;
	struct response_buffer buffer = {
		.head = {
			.device = fault->device,
			.space = space,
			.bytes = sizeof(buffer.response),
		},
		.response = {
			.argsz = sizeof(buffer.response),
			.version = NESTING_VERSION,
			.flags = has_pasid ? NESTING_RESPONSE_HAS_PASID : 0,
			.pasid = has_pasid ? fault->fault.pasid : 0,
			.group = fault->fault.group,
			.code = code,
		},
	};

	return call(w, IOAS_RESPOND, &buffer, sizeof(buffer));
}

/* Faults do not say in which space they were: at most one of them waits. */
static void respond_all(struct iommu_world *w, const struct ioas_fault *fault,
			uint32_t code)
{
	unsigned int answered = 0;
	uint32_t space;

	for (space = 0; space < IOAS_SPACES; space++)
		if (w->reference.nest.spaces >> space & 1 ||
		    oracle_space_exists(w, space))
			answered += !respond(w, fault, space, code);
	if (answered > 1)
		oracle_raise(w, "wrong-result", "respond",
			     "one page request was answered twice",
			     "two spaces have the same group");
}

static void serve(struct iommu_world *w, const struct ioas_fault *fault)
{
	enum page_policy policy = (enum page_policy)w->policy;
	uint32_t code = NESTING_RESPONSE_SUCCESS;

	if (fault->fault.type != NESTING_FAULT_PAGE)
		return;
	if (policy == POLICY_LATE)
		sim_fiber_sleep(w->host.world.sim, LATE_NS);
	if (policy == POLICY_INVALID)
		code = NESTING_RESPONSE_INVALID;
	else if (policy == POLICY_FAILURE)
		code = NESTING_RESPONSE_FAILURE;
	else if (policy != POLICY_SUCCESS)
		bring_in(w, fault);
	if (!(fault->fault.flags & NESTING_FAULT_LAST))
		return;
	respond_all(w, fault, code);
	/* Nobody waits any more, and the kernel has to know. */
	if (policy == POLICY_TWICE)
		respond_all(w, fault, code);
}

/* Until there is nothing more, or nothing has come for a while. */
static void look(struct iommu_world *w)
{
	uint64_t wait_ns = 100;
	unsigned int looks;

	for (looks = 0; looks < LOOKS; looks++) {
		struct ioas_fault fault = { 0 };

		if (!call(w, IOAS_FAULT, &fault, sizeof(fault))) {
			serve(w, &fault);
			looks = 0;
			wait_ns = 100;
			continue;
		}
		if (!w->asked)
			return;
		sim_fiber_sleep(w->host.world.sim, wait_ns);
		wait_ns += wait_ns / 2;
	}
	w->asked = 0;
}

static void server_main(void *arg)
{
	struct iommu_world *w = arg;

	kernel_backend.thread_start(w->host.process);
	sim_assert(kernel_backend.syscalls->mmap(w->host.process, ARGUMENT,
			PAGE, VMM_PROT_READ | VMM_PROT_WRITE) >= 0);
	for (;;) {
		sim_fiber_block(w->host.world.sim);
		look(w);
	}
}

void serve_asked(struct iommu_world *w)
{
	w->asked++;
	sim_fiber_wake(w->host.world.sim, w->server);
}

void serve_answered(struct iommu_world *w)
{
	if (w->asked)
		w->asked--;
}

/* Called when all else is there. */
void serve_start(struct iommu_world *w)
{
	const struct sim_run_options limits = { .step_budget = 10000000 };

	w->server = kernel_backend.thread_new(w->host.process, "server",
					      server_main, w);
	sim_assert(w->server);
	if (sim_run(w->host.world.sim, &limits) != SIM_END_QUIESCENT)
		sim_bench_error(__FILE__, __LINE__, "the server does not start");
	one_host_set_baseline(&w->host);
}
