/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - one host or guest: memory, parties, MMIO windows
 *
 * A machine has frames and the parties that may touch them: its CPUs, its
 * devices, its processes, and other machines. Who may read or write a frame now
 * is state of the frame (sim/memory.h), so what an IOMMU lets through and what
 * an oracle believes are one thing. Whatever shares a frame says so here and
 * nowhere else (user mappings: the simulated kernel), and who can make code
 * under test fetch something twice follows from that (sim/fetch.h).
 *
 * Physical addresses from 0 are frames; devices claim windows above them.
 */
#ifndef MODELS_MACHINE_H
#define MODELS_MACHINE_H

#include <sim/memory.h>
#include <sim/sim.h>

#define MACHINE_MAX_NUMBER	(SIM_MAX_MACHINES - 1)
#define MACHINE_MAX_WINDOWS	8

enum machine_party {
	MACHINE_CPU = SIM_PARTY_CPU,
	MACHINE_DEVICE = SIM_PARTY_DEVICE,
	MACHINE_USER = SIM_PARTY_USER,	/* set by the kernel's page tables */
};

struct machine;

struct machine_options {
	const char *name;
	uint16_t number;		/* in the world, 0..MACHINE_MAX_NUMBER */
	uint64_t nr_frames;
	const char *command_line;	/* of its kernel, a constant; NULL: empty */
	void *user;			/* whoever makes it knows; NULL: nobody */
};

/* All frames start out as the CPUs' own: nobody else may touch them. */
struct machine *machine_new(struct sim *sim,
			    const struct machine_options *options);
struct sim *machine_sim(const struct machine *machine);
struct sim_memory *machine_memory(const struct machine *machine);
uint16_t machine_number(const struct machine *machine);
const char *machine_command_line(const struct machine *machine);
void *machine_user(const struct machine *machine);

/* The bit of @party of this machine in sim_frame.readers and .writers. */
uint64_t machine_party_bit(const struct machine *machine,
			   enum machine_party party);

/* Lets @party read, and write if @write; takes both back. */
void machine_grant(struct machine *machine, uint64_t frame,
		   enum machine_party party, bool write);
void machine_revoke(struct machine *machine, uint64_t frame,
		    enum machine_party party);
bool machine_may_read(const struct machine *machine, uint64_t frame,
		      enum machine_party party);
bool machine_may_write(const struct machine *machine, uint64_t frame,
		       enum machine_party party);

/*
 * Lets the CPUs of another machine in (a hypervisor, a backend domain, a guest),
 * as a grant, a GPADL or a visibility change does; takes it back.
 */
void machine_share(struct machine *machine, uint64_t frame, uint16_t peer,
		   bool write);
void machine_unshare(struct machine *machine, uint64_t frame, uint16_t peer);

/*
 * The aligned word around @phys, for DMA, or NULL where no memory is. @write:
 * it is about to be written. Rights are the caller's business.
 */
uint64_t *machine_dma_word(struct machine *machine, uint64_t phys, bool write);

struct machine_window {
	uint64_t phys;
	uint64_t bytes;
	uint64_t (*read)(void *device, uint64_t offset, unsigned int size);
	void (*write)(void *device, uint64_t offset, unsigned int size,
		      uint64_t value);
	void *device;
};

/* -EINVAL if the window overlaps memory or another one, -ENOSPC if full. */
int machine_claim(struct machine *machine, const struct machine_window *window);

/*
 * What the CPUs see: shaped for kernel_machine_ops, hence void *. Reads that
 * nobody claims give ~0, writes are dropped, as on PCI.
 */
uint64_t machine_mmio_read(void *machine, uint64_t phys, unsigned int size);
void machine_mmio_write(void *machine, uint64_t phys, unsigned int size,
			uint64_t value);

/*
 * Hypercalls of the CPUs, registers as the hypervisor's interface has them. A
 * machine without a hypervisor cannot make any: that is a bench error.
 */
struct machine_hypercall {
	uint64_t code;
	uint64_t control;		/* the whole word */
	uint64_t input;			/* a value, or a physical address */
	uint64_t output;
};

#define MACHINE_CPUID_REGS	4	/* eax, ebx, ecx, edx */

/*
 * What a hypervisor takes from the CPUs; members may be NULL: it does not.
 * shared_boundary() is the physical address of frame 0 as memory that is
 * shared, 0 if there is no such address.
 */
struct machine_hypervisor {
	uint64_t (*call)(void *arg, const struct machine_hypercall *call);
	void (*cpuid)(void *arg, uint32_t leaf, uint32_t subleaf,
		      uint32_t regs[MACHINE_CPUID_REGS]);
	uint64_t (*msr_read)(void *arg, unsigned int cpu, uint32_t msr);
	void (*msr_write)(void *arg, unsigned int cpu, uint32_t msr,
			  uint64_t value);
	void (*vmgexit)(void *arg, unsigned int cpu);
	uint64_t (*shared_boundary)(void *arg);
	void *arg;
};

void machine_set_hypervisor(struct machine *machine,
			    const struct machine_hypervisor *hypervisor);

/* Shaped for kernel_machine_ops. */
uint64_t machine_hypercall(void *machine, unsigned int code, uint64_t control,
			   uint64_t input, uint64_t output);
void machine_cpuid(void *machine, uint32_t leaf, uint32_t subleaf,
		   uint32_t regs[MACHINE_CPUID_REGS]);
uint64_t machine_msr_read(void *machine, unsigned int cpu, uint32_t msr);
void machine_msr_write(void *machine, unsigned int cpu, uint32_t msr,
		       uint64_t value);
void machine_vmgexit(void *machine, unsigned int cpu);
uint64_t machine_shared_boundary(void *machine);

#endif
