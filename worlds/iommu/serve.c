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
 *
 * Devices ask for many pages at once (ask): more than the ring has room for are
 * answered by the IOMMU, "try again". Oracle: one who tries again is heard in the
 * end, with a page at least. Assumptions: the binding is in force all the time, no
 * other op runs, and no memory runs out.
 */
#include <errno.h>
#include <sim/decide.h>
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
	w->told++;
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

/* -- devices that ask ahead -- */

#define ASKS		8
#define ASK_GAP_NS	50000ull

static int64_t ask_once(struct iommu_world *w, unsigned int device,
			const uint64_t *args)
{
	const struct pci_ask ask = {
		.address = GUEST_FIRST + args[1] * PAGE,
		.pasid = w->reference.nest.slots[args[0]],
		.pages = (uint32_t)args[2],
		.write = !args[3],
	};

	return ask.pasid ? pci_device_ask(w->devices[device], &ask) : -ENOENT;
}

static void judge_unheard(struct iommu_world *w)
{
	oracle_raise(w, "lost-request", "ask",
		     "a device is told to try again for ever",
		     "whoever should bring the page in never hears of it");
}

/* Until the process has heard of it, or it was no good. */
static int64_t ask_until_heard(struct iommu_world *w, unsigned int device,
			       const uint64_t *args, uint32_t told)
{
	unsigned int tries;
	int64_t rc = 0;

	for (tries = 0; tries < ASKS && !rc && told == w->told; tries++) {
		if (tries)
			sim_fiber_sleep(w->host.world.sim, ASK_GAP_NS);
		rc = ask_once(w, device, args);
	}
	return rc;
}

/* If it was too much at once, the device makes do with a page. */
static int64_t ask(struct iommu_world *w, unsigned int device,
		   const uint64_t *args)
{
	const struct sim *sim = w->host.world.sim;
	const uint64_t one[] = { args[0], args[1], 1, args[3], args[4] };
	uint32_t pasid = w->reference.nest.slots[args[0]], told = w->told;
	uint32_t failures = sim_failures(sim, SIM_DECIDE_FAIL_ALLOC);
	uint64_t since = nest_bound_since(w, device, pasid);
	int64_t rc = ask_until_heard(w, device, args, told);

	if (!rc && told == w->told && args[2] > 1)
		rc = ask_until_heard(w, device, one, told);
	/* Beside others it proves nothing. */
	if (!rc && told == w->told && !args[4] && since &&
	    since == nest_bound_since(w, device, pasid) &&
	    failures == sim_failures(sim, SIM_DECIDE_FAIL_ALLOC))
		judge_unheard(w);
	return rc;
}

static int64_t ask_nic(struct world *world, const uint64_t *args)
{
	return ask(iommu_world(world), 0, args);
}

int64_t op_ask_nic(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[4], ask_nic, args);
}

static int64_t ask_gpu(struct world *world, const uint64_t *args)
{
	return ask(iommu_world(world), 1, args);
}

int64_t op_ask_gpu(struct world *world, const uint64_t *args)
{
	return iommu_run_when(world, args[4], ask_gpu, args);
}

/* -- the thread -- */

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
