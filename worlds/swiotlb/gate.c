// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate.c - a host that sees what the guest shares, and nothing else
 *
 * FAULT MODEL
 *
 * The host may refuse to share pages, or to give them back; then nothing has
 * changed. It does so always or never: what code does with one refusal is what
 * is looked at. It never does half of what is asked and never lies about it;
 * models/hyperv is a host that does.
 *
 * Oracle shared-frame: memory that the host can see is never given back to the
 * page allocator. Oracle exposed-frame: nothing but the pool is shared, what lies
 * next to it in its pages included; not judged where a host refuses to let go.
 * Assumption: none else; frames say who may read them.
 */
#include <errno.h>

#include "dma_client_gate.h"
#include "swiotlb.h"

static bool refuses(const struct swiotlb_world *w, uint64_t command)
{
	if (command == GATE_SHARE)
		return w->config[CONFIG_BOOT] == BOOT_REFUSED ||
		       w->config[CONFIG_HOST] == HOST_REFUSES_SHARE;
	return w->config[CONFIG_HOST] == HOST_REFUSES_PRIVATE;
}

static uint64_t command(struct swiotlb_world *w, uint64_t what)
{
	uint64_t frame = w->gate.first >> SIM_FRAME_SHIFT, i;
	uint64_t nr = w->gate.pages * (w->page_bytes >> SIM_FRAME_SHIFT);
	struct machine *machine = w->host.machine;

	if (refuses(w, what))
		return 1;
	if (frame + nr > sim_memory_frames(machine_memory(machine)))
		return 1;
	for (i = 0; i < nr; i++) {
		if (what == GATE_SHARE)
			machine_grant(machine, frame + i, MACHINE_DEVICE, true);
		else
			machine_revoke(machine, frame + i, MACHINE_DEVICE);
	}
	return 0;
}

static uint64_t gate_read(void *device, uint64_t offset, unsigned int size)
{
	const struct swiotlb_world *w = device;

	(void)size;
	return offset == GATE_STATUS ? w->gate.status : 0;
}

static void gate_write(void *device, uint64_t offset, unsigned int size,
		       uint64_t value)
{
	struct swiotlb_world *w = device;

	(void)size;
	if (offset == GATE_FIRST)
		w->gate.first = value;
	else if (offset == GATE_PAGES)
		w->gate.pages = value;
	else if (offset == GATE_COMMAND)
		w->gate.status = command(w, value);
}

void gate_plug(struct swiotlb_world *w)
{
	const struct machine_window window = {
		.phys = GATE_PHYS, .bytes = GATE_BYTES,
		.read = gate_read, .write = gate_write, .device = w,
	};
	int rc = machine_claim(w->host.machine, &window);

	sim_assert(!rc);
}

bool gate_is_shared(const struct swiotlb_world *w, uint64_t phys,
		    uint64_t length)
{
	uint64_t frame = phys >> SIM_FRAME_SHIFT;
	uint64_t last = (phys + length - 1) >> SIM_FRAME_SHIFT;

	if (!is_isolated(w))
		return true;
	for (; frame <= last; frame++)
		if (!machine_may_write(w->host.machine, frame, MACHINE_DEVICE))
			return false;
	return true;
}

void gate_check_exposed(struct swiotlb_world *w)
{
	struct machine *machine = w->host.machine;
	uint64_t nr = sim_memory_frames(machine_memory(machine)), frame;

	if (!is_isolated(w) || w->config[CONFIG_HOST] == HOST_REFUSES_PRIVATE)
		return;
	for (frame = 0; frame < nr; frame++)
		if (machine_may_read(machine, frame, MACHINE_DEVICE) &&
		    !in_pool(w, frame << SIM_FRAME_SHIFT))
			raise_finding(w, "exposed-frame", "pool",
				      "the host can see memory that is not of the pool",
				      "frame 0x%llx; the pool is at 0x%llx, 0x%llx bytes",
				      (unsigned long long)frame,
				      (unsigned long long)w->pool.phys,
				      (unsigned long long)w->pool.length);
}

/* The pool has gone: its frames are private and free, or lost for good. */
void gate_check_gone(struct swiotlb_world *w, struct span pool)
{
	struct sim_memory *memory = machine_memory(w->host.machine);
	uint64_t frame = pool.phys >> SIM_FRAME_SHIFT, i;

	if (!is_isolated(w))
		return;
	for (i = 0; i < pool.length >> SIM_FRAME_SHIFT; i++) {
		if (!machine_may_read(w->host.machine, frame + i,
				      MACHINE_DEVICE))
			continue;
		if (sim_frame(memory, frame + i)->class == SIM_FRAME_FREE)
			raise_finding(w, "shared-frame", "pool",
				      "memory that the host still sees was given back",
				      "frame %llu of the pool",
				      (unsigned long long)i);
		w->host.baseline.pages++;
	}
}
