/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * synic.c - synthetic interrupt controllers
 *
 * FAULT MODEL
 *
 * Honest: a message is written whole, type last, into an empty slot only; a
 * flag is set before its interrupt is raised; interrupts are raised once for
 * each message and each flag that goes from 0 to 1, and may be late. Masked
 * SINTs and pages that are off lose nothing but the interrupt: who posts is
 * told. With `over` a message replaces one that the guest has not taken.
 *
 * While a page is on, its frame is one that the host may write at any moment.
 * Never happens: writes to frames whose page is off.
 */
#include <string.h>

#include <models/synic.h>
#include <sim/access.h>
#include <sim/finding.h>
#include <sim/memory_model.h>

#define MSR_VP_INDEX	0x40000002
#define MSR_SCONTROL	0x40000080
#define MSR_SVERSION	0x40000081
#define MSR_SIEFP	0x40000082
#define MSR_SIMP	0x40000083
#define MSR_EOM		0x40000084
#define MSR_SINT0	0x40000090

#define PAGE_ON		1u		/* of SIMP and SIEFP, bit 0 */
#define SINT_VECTOR	0xffu
#define SINT_MASKED	(1u << 16)

#define SLOT_BYTES	256u		/* in the message page */
#define FLAGS_BYTES	256u		/* in the event page, 2048 flags */
#define MAX_PAYLOAD	240u

/* A message slot, TLFS: type, size, flags, sender, payload. */
enum slot_offset {
	SLOT_TYPE = 0,
	SLOT_SIZE = 4,
	SLOT_FLAGS = 5,			/* bit 0: another one waits */
	SLOT_PAYLOAD = 16,
};

struct synic_cpu {
	uint64_t control;
	uint64_t simp;
	uint64_t siefp;
	uint64_t sints[SYNIC_SINTS];
};

struct synic {
	struct sim *sim;
	struct synic_options options;
	struct synic_cpu cpus[SYNIC_MAX_VCPUS];
};

struct synic *synic_new(struct sim *sim, const struct synic_options *options)
{
	struct synic *synic = sim_alloc(sim, sizeof(*synic), 8);
	unsigned int cpu, sint;

	sim_assert(options->nr_vcpus <= SYNIC_MAX_VCPUS);
	synic->sim = sim;
	synic->options = *options;
	for (cpu = 0; cpu < SYNIC_MAX_VCPUS; cpu++)
		for (sint = 0; sint < SYNIC_SINTS; sint++)
			synic->cpus[cpu].sints[sint] = SINT_MASKED;
	return synic;
}

uint32_t synic_vp(unsigned int cpu)
{
	return 2 * cpu;
}

int synic_cpu(const struct synic *synic, uint32_t vp)
{
	return vp % 2 || vp / 2 >= synic->options.nr_vcpus ? -1 : (int)vp / 2;
}

/* -- pages ---------------------------------------------------------------- */

static struct sim_memory *memory(const struct synic *synic)
{
	return machine_memory(synic->options.machine);
}

static bool is_page(const struct synic *synic, uint64_t page)
{
	return page & PAGE_ON &&
	       page >> SIM_FRAME_SHIFT < sim_memory_frames(memory(synic));
}

static char *page_data(const struct synic *synic, uint64_t page)
{
	if (!is_page(synic, page))
		return NULL;
	sim_frames_touch(memory(synic), page >> SIM_FRAME_SHIFT, 1);
	return sim_frame_data(memory(synic), page >> SIM_FRAME_SHIFT);
}

static void set_page(struct synic *synic, uint64_t *page, uint64_t value)
{
	if (is_page(synic, *page))
		machine_revoke(synic->options.machine, *page >> SIM_FRAME_SHIFT,
			       MACHINE_DEVICE);
	*page = value;
	if (is_page(synic, value))
		machine_grant(synic->options.machine, value >> SIM_FRAME_SHIFT,
			      MACHINE_DEVICE, true);
}

bool synic_owns(const struct synic *synic, uint64_t frame)
{
	unsigned int cpu;

	for (cpu = 0; cpu < synic->options.nr_vcpus; cpu++) {
		const struct synic_cpu *c = &synic->cpus[cpu];

		if ((is_page(synic, c->simp) &&
		     c->simp >> SIM_FRAME_SHIFT == frame) ||
		    (is_page(synic, c->siefp) &&
		     c->siefp >> SIM_FRAME_SHIFT == frame))
			return true;
	}
	return false;
}

/* Told to whoever looks at accesses; a preemption point. */
static void tell(const struct synic *synic, const char *at, uint32_t bytes)
{
	const struct sim_access access = {
		.address = at,
		.site = __builtin_return_address(0),
		.bytes = bytes,
		.flags = SIM_ACCESS_WRITE | SIM_ACCESS_ATOMIC |
			 SIM_ACCESS_VOLATILE,
	};

	sim_barrier(synic->sim, SIM_BARRIER_FULL);
	sim_access(synic->sim, &access);
}

/* -- registers ------------------------------------------------------------ */

static uint64_t *find_register(struct synic *synic, unsigned int cpu,
			       uint32_t msr)
{
	struct synic_cpu *c = &synic->cpus[cpu];

	if (msr >= MSR_SINT0 && msr < MSR_SINT0 + SYNIC_SINTS)
		return &c->sints[msr - MSR_SINT0];
	switch (msr) {
	case MSR_SCONTROL:
		return &c->control;
	case MSR_SIEFP:
		return &c->siefp;
	case MSR_SIMP:
		return &c->simp;
	default:
		sim_bench_error(__FILE__, __LINE__,
				"the SynIC has no MSR 0x%x", msr);
	}
}

uint64_t synic_msr_read(struct synic *synic, unsigned int cpu, uint32_t msr)
{
	sim_assert(cpu < synic->options.nr_vcpus);
	if (msr == MSR_VP_INDEX)
		return synic_vp(cpu);
	if (msr == MSR_SVERSION)
		return 1;
	if (msr == MSR_EOM)
		return 0;
	return *find_register(synic, cpu, msr);
}

void synic_msr_write(struct synic *synic, unsigned int cpu, uint32_t msr,
		     uint64_t value)
{
	uint64_t *reg;

	sim_assert(cpu < synic->options.nr_vcpus);
	if (msr == MSR_EOM) {
		synic->options.slot_free(synic->options.arg, cpu);
		return;
	}
	reg = find_register(synic, cpu, msr);
	if (msr == MSR_SIMP || msr == MSR_SIEFP)
		set_page(synic, reg, value);
	else
		*reg = value;
}

/* -- to the guest --------------------------------------------------------- */

bool synic_is_on(const struct synic *synic, unsigned int cpu,
		 unsigned int sint)
{
	const struct synic_cpu *c = &synic->cpus[cpu];

	return c->control & 1 && !(c->sints[sint] & SINT_MASKED);
}

static void interrupt(const struct synic *synic, unsigned int cpu,
		      unsigned int sint)
{
	if (synic_is_on(synic, cpu, sint))
		synic->options.interrupt(synic->options.arg, cpu,
			synic->cpus[cpu].sints[sint] & SINT_VECTOR);
}

static void fill_slot(const struct synic *synic, char *slot,
		      const struct synic_message *message)
{
	uint8_t bytes = message->bytes, flags = 0;

	tell(synic, slot, SLOT_BYTES);
	memcpy(slot + SLOT_PAYLOAD, message->payload, message->bytes);
	memcpy(slot + SLOT_SIZE, &bytes, 1);
	memcpy(slot + SLOT_FLAGS, &flags, 1);
	memcpy(slot + SLOT_TYPE, &message->type, sizeof(message->type));
	sim_barrier(synic->sim, SIM_BARRIER_FULL);
}

bool synic_post(struct synic *synic, unsigned int cpu,
		const struct synic_message *message, bool over)
{
	char *page = page_data(synic, synic->cpus[cpu].simp), *slot;
	uint32_t type;

	sim_assert(message->bytes <= MAX_PAYLOAD && message->type);
	if (!page || !synic_is_on(synic, cpu, message->sint))
		return false;
	slot = page + message->sint * SLOT_BYTES;
	memcpy(&type, slot + SLOT_TYPE, sizeof(type));
	if (type && !over) {
		/* Seen by the guest after it has emptied the slot. */
		tell(synic, slot + SLOT_FLAGS, 1);
		slot[SLOT_FLAGS] |= 1;
		sim_barrier(synic->sim, SIM_BARRIER_FULL);
		/* It may have done so just now. */
		memcpy(&type, slot + SLOT_TYPE, sizeof(type));
		if (type)
			return false;
	}
	fill_slot(synic, slot, message);
	interrupt(synic, cpu, message->sint);
	return true;
}

void synic_signal(struct synic *synic, unsigned int cpu, unsigned int sint,
		  unsigned int flag)
{
	char *page = page_data(synic, synic->cpus[cpu].siefp), *byte;
	uint8_t bit = 1u << flag % 8;

	if (!page)
		return;
	byte = page + sint * FLAGS_BYTES + flag / 8 % FLAGS_BYTES;
	tell(synic, byte, 1);
	if (*byte & bit)
		return;
	*byte |= bit;
	sim_barrier(synic->sim, SIM_BARRIER_FULL);
	interrupt(synic, cpu, sint);
}
