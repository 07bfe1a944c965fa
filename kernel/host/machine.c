/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c - what the kernel sees of its machine: frames, mappings, MMIO
 */
#include <sim/bulk.h>

#include "internal.h"

_Static_assert(VTB_POISON_USER == SIM_POISON_USER,
	       "both sides mean the same poison");

static struct sim_memory *memory(void)
{
	return kernel__thread()->instance->memory;
}

void *vtb_instance_alloc(unsigned long bytes, unsigned long align)
{
	return sim_alloc(kernel__sim(), bytes, align < 8 ? 8 : align);
}

/* -- frames --------------------------------------------------------------- */

/* A page of the kernel is so many frames, as a shift. */
static unsigned int page_order(void)
{
	return vtb_kernel_page_shift - SIM_FRAME_SHIFT;
}

size_t kernel_page_bytes(void)
{
	return 1ul << vtb_kernel_page_shift;
}

static void set_class(unsigned long pfn, unsigned long nr,
		      enum sim_frame_class class)
{
	sim_frames_set_class(memory(), pfn << page_order(), nr << page_order(),
			     class);
}

void vtb_frames_hot(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, SIM_FRAME_HOT);
}

void vtb_frames_cold(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, SIM_FRAME_COLD);
}

void vtb_frames_free(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, SIM_FRAME_FREE);
}

void vtb_frames_touch(unsigned long pfn, unsigned long nr)
{
	sim_frames_touch(memory(), pfn << page_order(), nr << page_order());
}

void vtb_frame_user_writes(unsigned long pfn, int may)
{
	uint64_t first = pfn << page_order(), i;

	for (i = first; i < first + (1ul << page_order()); i++) {
		struct sim_frame *frame = sim_frame(memory(), i);
		uint64_t user = sim_party_bit(frame->owner, SIM_PARTY_USER);

		if (may)
			frame->writers |= user;
		else
			frame->writers &= ~user;
	}
}

unsigned int vtb_frame_pin(unsigned long pfn, int delta)
{
	uint64_t first = pfn << page_order(), i;

	for (i = first; i < first + (1ul << page_order()); i++) {
		struct sim_frame *frame = sim_frame(memory(), i);

		sim_assert(delta >= 0 || frame->pins >= (unsigned int)-delta);
		frame->pins += delta;
	}
	return sim_frame(memory(), first)->pins;
}

/* -- poison and aliases --------------------------------------------------- */

void vtb_poison(const void *address, unsigned long bytes, unsigned char value)
{
	sim_poison(kernel__sim(), (void *)(uintptr_t)address, bytes, value);
}

void vtb_unpoison(const void *address, unsigned long bytes)
{
	sim_unpoison(kernel__sim(), (void *)(uintptr_t)address, bytes);
}

void vtb_bulk_copy(void *to, const void *from, unsigned long bytes)
{
	sim_bulk_copy(to, from, bytes);
}

void vtb_bulk_zero(void *at, unsigned long bytes)
{
	sim_bulk_fill(at, sim_pattern(0), bytes);
}

/* The frames of pages, valid until the next call. */
static const uint64_t *frames_of(const unsigned long *pfns, unsigned long nr)
{
	struct kernel_instance *instance = kernel__thread()->instance;
	unsigned int per_page = 1u << page_order(), k;
	unsigned long i;

	_Static_assert(sizeof(unsigned long) == sizeof(uint64_t),
		       "page frame numbers are passed on as they are");
	if (per_page == 1)
		return (const uint64_t *)pfns;
	if (nr * per_page > instance->max_scratch) {
		instance->max_scratch = 2 * nr * per_page;
		instance->scratch = sim_alloc(kernel__sim(),
				instance->max_scratch * sizeof(uint64_t), 8);
	}
	for (i = 0; i < nr; i++)
		for (k = 0; k < per_page; k++)
			instance->scratch[i * per_page + k] =
				pfns[i] * per_page + k;
	return instance->scratch;
}

void *vtb_alias_map(const unsigned long *pfns, unsigned long nr)
{
	return sim_alias_map(memory(), frames_of(pfns, nr),
			     nr << page_order());
}

void *vtb_alias_map_shared(const unsigned long *pfns, unsigned long nr)
{
	return sim_alias_map_view(memory(), frames_of(pfns, nr),
				  nr << page_order(), 1);
}

void vtb_alias_unmap(void *address, unsigned long nr)
{
	sim_alias_unmap(kernel__sim(), address, nr << page_order());
}

static bool in_linear_map(const void *address)
{
	uintptr_t base = (uintptr_t)sim_memory_base(memory());

	return (uintptr_t)address - base <
	       sim_memory_frames(memory()) << SIM_FRAME_SHIFT;
}

unsigned long vtb_alias_to_pfn(const void *address)
{
	struct sim_memory *owner;
	uint64_t frame;

	if (in_linear_map(address) ||
	    !sim_address_to_frame(kernel__sim(), address, &owner, &frame) ||
	    owner != memory())
		return ~0ul;
	return frame >> page_order();
}

int vtb_is_alias(const void *address)
{
	return vtb_alias_to_pfn(address) != ~0ul;
}

int vtb_is_barred(const void *address, const void **pc)
{
	const void *const *pcs;
	bool cut = false;
	unsigned int i;

	*pc = NULL;
	if (!sim_is_barred(kernel__sim(), address, &pcs))
		return false;
	for (i = 0; i < SIM_VIEW_DEPTH && pcs[i] && !cut; i++) {
		kernel_symbol(pcs[i], &cut);
		*pc = cut ? pcs[i] : NULL;
	}
	return true;
}

/* -- devices -------------------------------------------------------------- */

unsigned long long vtb_mmio_read(unsigned long long phys, unsigned int size)
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	vtb_drain_point();
	vtb_preempt_point();
	if (!instance->ops || !instance->ops->mmio_read)
		return ~0ull;
	return instance->ops->mmio_read(instance->machine, phys, size);
}

void vtb_mmio_write(unsigned long long phys, unsigned int size,
		    unsigned long long value)
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	vtb_drain_point();
	vtb_preempt_point();
	kernel__race_device();
	if (instance->ops && instance->ops->mmio_write)
		instance->ops->mmio_write(instance->machine, phys, size, value);
}

unsigned long long vtb_hypercall(unsigned int nr, unsigned long long a,
				 unsigned long long b, unsigned long long c)
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	vtb_drain_point();
	vtb_preempt_point();
	if (!instance->ops || !instance->ops->hypercall)
		vtb_unmodelled("a hypercall of a machine without hypervisor");
	kernel__race_device();
	return instance->ops->hypercall(instance->machine, nr, a, b, c);
}

unsigned long long vtb_msr_read(unsigned int msr)
{
	const struct vtb_thread *thread = kernel__thread();
	const struct kernel_instance *instance = thread->instance;

	vtb_drain_point();
	vtb_preempt_point();
	if (!instance->ops || !instance->ops->msr_read)
		vtb_unmodelled("an MSR of a machine without hypervisor");
	return instance->ops->msr_read(instance->machine, thread->vcpu->cpu,
				       msr);
}

void vtb_msr_write(unsigned int msr, unsigned long long value)
{
	const struct vtb_thread *thread = kernel__thread();
	const struct kernel_instance *instance = thread->instance;

	vtb_drain_point();
	vtb_preempt_point();
	if (!instance->ops || !instance->ops->msr_write)
		vtb_unmodelled("an MSR of a machine without hypervisor");
	kernel__race_device();
	instance->ops->msr_write(instance->machine, thread->vcpu->cpu, msr,
				 value);
}

void vtb_cpuid(unsigned int leaf, unsigned int subleaf, unsigned int regs[4])
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	regs[0] = regs[1] = regs[2] = regs[3] = 0;
	if (instance->ops && instance->ops->cpuid)
		instance->ops->cpuid(instance->machine, leaf, subleaf, regs);
}

void vtb_vmgexit(void)
{
	const struct vtb_thread *thread = kernel__thread();
	const struct kernel_instance *instance = thread->instance;

	vtb_drain_point();
	vtb_preempt_point();
	if (!instance->ops || !instance->ops->vmgexit)
		vtb_unmodelled("VMGEXIT of a machine without hypervisor");
	kernel__race_device();
	instance->ops->vmgexit(instance->machine, thread->vcpu->cpu);
}

unsigned long long vtb_shared_boundary(void)
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	if (!instance->ops || !instance->ops->shared_boundary)
		return 0;
	return instance->ops->shared_boundary(instance->machine);
}

void vtb_memory_freed(unsigned long long phys, unsigned long bytes,
		      const void *site)
{
	const struct kernel_instance *instance = kernel__thread()->instance;

	if (instance->ops && instance->ops->freed)
		instance->ops->freed(instance->machine, phys, bytes, site);
}
