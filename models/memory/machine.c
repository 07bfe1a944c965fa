/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine's memory, its parties and its MMIO windows.
 *
 * FAULT MODEL
 *
 * Memory never fails: no bit flips, no machine checks. A party can only be
 * refused. Rights change at one moment for all parties; hardware that keeps
 * stale translations (an IOTLB) is a model of its own in front of this one.
 * MMIO accesses are whole and in program order per CPU; an access that no
 * window claims reads as all ones, which is how a device that is gone looks.
 */
#include <errno.h>
#include <models/machine.h>
#include <sim/finding.h>

struct machine {
	struct sim *sim;
	struct sim_memory *memory;
	uint16_t number;
	uint16_t nr_windows;
	const char *command_line;
	void *user;
	struct machine_window windows[MACHINE_MAX_WINDOWS];
	struct machine_hypervisor hypervisor;
};

struct machine *machine_new(struct sim *sim,
			    const struct machine_options *options)
{
	struct machine *machine = sim_alloc(sim, sizeof(*machine), 8);
	uint64_t i;

	sim_assert(options->number <= MACHINE_MAX_NUMBER);
	machine->sim = sim;
	machine->number = options->number;
	machine->command_line = options->command_line;
	machine->user = options->user;
	machine->memory = sim_memory_new(sim, options->name,
					 options->nr_frames, options->number);
	if (!machine->memory)
		return NULL;
	for (i = 0; i < options->nr_frames; i++)
		machine_grant(machine, i, MACHINE_CPU, true);
	return machine;
}

struct sim *machine_sim(const struct machine *machine)
{
	return machine->sim;
}

struct sim_memory *machine_memory(const struct machine *machine)
{
	return machine->memory;
}

uint16_t machine_number(const struct machine *machine)
{
	return machine->number;
}

const char *machine_command_line(const struct machine *machine)
{
	return machine->command_line;
}

void *machine_user(const struct machine *machine)
{
	return machine->user;
}

uint64_t machine_party_bit(const struct machine *machine,
			   enum machine_party party)
{
	return sim_party_bit(machine->number, (enum sim_party)party);
}

static void let_in(struct machine *machine, uint64_t frame, uint64_t bit,
		   bool write)
{
	struct sim_frame *state = sim_frame(machine->memory, frame);

	state->readers |= bit;
	if (write)
		state->writers |= bit;
}

static void keep_out(struct machine *machine, uint64_t frame, uint64_t bit)
{
	struct sim_frame *state = sim_frame(machine->memory, frame);

	state->readers &= ~bit;
	state->writers &= ~bit;
}

void machine_grant(struct machine *machine, uint64_t frame,
		   enum machine_party party, bool write)
{
	let_in(machine, frame, machine_party_bit(machine, party), write);
}

void machine_revoke(struct machine *machine, uint64_t frame,
		    enum machine_party party)
{
	keep_out(machine, frame, machine_party_bit(machine, party));
}

void machine_share(struct machine *machine, uint64_t frame, uint16_t peer,
		   bool write)
{
	sim_assert((peer ^ machine->number) % SIM_SHARING_MACHINES);
	let_in(machine, frame, sim_party_bit(peer, SIM_PARTY_CPU), write);
}

void machine_unshare(struct machine *machine, uint64_t frame, uint16_t peer)
{
	sim_assert((peer ^ machine->number) % SIM_SHARING_MACHINES);
	keep_out(machine, frame, sim_party_bit(peer, SIM_PARTY_CPU));
}

bool machine_may_read(const struct machine *machine, uint64_t frame,
		      enum machine_party party)
{
	return sim_frame(machine->memory, frame)->readers &
	       machine_party_bit(machine, party);
}

bool machine_may_write(const struct machine *machine, uint64_t frame,
		       enum machine_party party)
{
	return sim_frame(machine->memory, frame)->writers &
	       machine_party_bit(machine, party);
}

uint64_t *machine_dma_word(struct machine *machine, uint64_t phys, bool write)
{
	uint64_t frame = phys >> SIM_FRAME_SHIFT;
	uint64_t offset = phys & (SIM_FRAME_BYTES - 8);

	if (frame >= sim_memory_frames(machine->memory))
		return NULL;
	if (write)
		sim_frames_touch(machine->memory, frame, 1);
	return (uint64_t *)((char *)sim_frame_data(machine->memory, frame) +
			    offset);
}

static bool windows_overlap(const struct machine_window *a,
			    const struct machine_window *b)
{
	return a->phys < b->phys + b->bytes && b->phys < a->phys + a->bytes;
}

int machine_claim(struct machine *machine, const struct machine_window *window)
{
	uint64_t memory_end = sim_memory_frames(machine->memory)
			      << SIM_FRAME_SHIFT;
	unsigned int i;

	if (!window->bytes || window->phys < memory_end)
		return -EINVAL;
	for (i = 0; i < machine->nr_windows; i++)
		if (windows_overlap(window, &machine->windows[i]))
			return -EINVAL;
	if (machine->nr_windows == MACHINE_MAX_WINDOWS)
		return -ENOSPC;
	machine->windows[machine->nr_windows++] = *window;
	return 0;
}

static const struct machine_window *
machine_window_at(const struct machine *machine, uint64_t phys,
		  unsigned int size)
{
	unsigned int i;

	for (i = 0; i < machine->nr_windows; i++) {
		const struct machine_window *window = &machine->windows[i];

		if (phys >= window->phys &&
		    phys - window->phys + size <= window->bytes)
			return window;
	}
	return NULL;
}

uint64_t machine_mmio_read(void *machine, uint64_t phys, unsigned int size)
{
	const struct machine_window *window =
		machine_window_at(machine, phys, size);

	if (!window)
		return UINT64_MAX >> (64 - 8 * size);
	return window->read(window->device, phys - window->phys, size);
}

void machine_mmio_write(void *machine, uint64_t phys, unsigned int size,
			uint64_t value)
{
	const struct machine_window *window =
		machine_window_at(machine, phys, size);

	if (window)
		window->write(window->device, phys - window->phys, size, value);
}

void machine_set_hypervisor(struct machine *machine,
			    const struct machine_hypervisor *hypervisor)
{
	machine->hypervisor = *hypervisor;
}

uint64_t machine_hypercall(void *arg, unsigned int code, uint64_t control,
			   uint64_t input, uint64_t output)
{
	const struct machine *machine = arg;
	const struct machine_hypercall call = {
		.code = code, .control = control,
		.input = input, .output = output,
	};

	if (!machine->hypervisor.call)
		sim_bench_error(__FILE__, __LINE__,
				"hypercall 0x%x of a machine without hypervisor",
				code);
	return machine->hypervisor.call(machine->hypervisor.arg, &call);
}

/* Zeroes: a leaf that there is not. */
void machine_cpuid(void *arg, uint32_t leaf, uint32_t subleaf,
		   uint32_t regs[MACHINE_CPUID_REGS])
{
	const struct machine_hypervisor *hypervisor =
		&((const struct machine *)arg)->hypervisor;
	unsigned int i;

	for (i = 0; i < MACHINE_CPUID_REGS; i++)
		regs[i] = 0;
	if (hypervisor->cpuid)
		hypervisor->cpuid(hypervisor->arg, leaf, subleaf, regs);
}

uint64_t machine_msr_read(void *arg, unsigned int cpu, uint32_t msr)
{
	const struct machine *machine = arg;

	if (!machine->hypervisor.msr_read)
		sim_bench_error(__FILE__, __LINE__,
				"MSR 0x%x of a machine without it", msr);
	return machine->hypervisor.msr_read(machine->hypervisor.arg, cpu, msr);
}

void machine_msr_write(void *arg, unsigned int cpu, uint32_t msr,
		       uint64_t value)
{
	const struct machine *machine = arg;

	if (!machine->hypervisor.msr_write)
		sim_bench_error(__FILE__, __LINE__,
				"MSR 0x%x of a machine without it", msr);
	machine->hypervisor.msr_write(machine->hypervisor.arg, cpu, msr, value);
}

void machine_vmgexit(void *arg, unsigned int cpu)
{
	const struct machine_hypervisor *hypervisor =
		&((const struct machine *)arg)->hypervisor;

	if (!hypervisor->vmgexit)
		sim_bench_error(__FILE__, __LINE__,
				"VMGEXIT of a machine without hypervisor");
	hypervisor->vmgexit(hypervisor->arg, cpu);
}

uint64_t machine_shared_boundary(void *arg)
{
	const struct machine_hypervisor *hypervisor =
		&((const struct machine *)arg)->hypervisor;

	if (!hypervisor->shared_boundary)
		return 0;
	return hypervisor->shared_boundary(hypervisor->arg);
}
