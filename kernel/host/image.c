/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c - one copy of the kernel side's static data per instance
 *
 * The linker gathers all writable static data of kernel-side code between
 * __vtb_image_start and _stop (kernel/linux/image.lds). That place is the live
 * image. It holds the data of one instance; all others have theirs in the
 * region. image_owner lies in the image itself, so whatever exchanges the
 * image (we, or a snapshot's restore) also exchanges who it belongs to.
 *
 * The live image is registered with the world as part of its state. So worlds
 * that take turns in one process must park it: kernel_image_park() before
 * another world with kernel instances is made, run or restored.
 *
 * Copying is done by one instruction in this uninstrumented file: red zones
 * between variables are copied with them.
 */
#include <stdlib.h>
#include <string.h>

#include <sim/memory_model.h>
#include <sim/snapshot.h>

#include "internal.h"

extern char __vtb_image_start[], __vtb_image_stop[];

static struct kernel_instance *image_owner
	__attribute__((section(".vtb.data")));

/*
 * The image as the compiler made it. A cache of this process: the content is
 * the same for every world.
 */
static void *pristine;

size_t kernel_image_bytes(void)
{
	return __vtb_image_stop - __vtb_image_start;
}

bool kernel__image_has(const void *address)
{
	return (uintptr_t)address - (uintptr_t)__vtb_image_start <
	       kernel_image_bytes();
}

static void copy(void *to, const void *from, size_t bytes)
{
	asm volatile("rep movsb"
		     : "+D" (to), "+S" (from), "+c" (bytes) : : "memory");
}

static void keep_pristine(void)
{
	if (pristine)
		return;
	pristine = malloc(kernel_image_bytes());
	sim_assert(pristine);
	copy(pristine, __vtb_image_start, kernel_image_bytes());
}

void kernel__image_reset(struct sim *sim)
{
	keep_pristine();
	/* A last owner, if any, went away with its world. */
	copy(__vtb_image_start, pristine, kernel_image_bytes());
	sim_add_range(sim, __vtb_image_start, kernel_image_bytes());
}

void *kernel__image_new(struct sim *sim)
{
	void *image = sim_alloc(sim, kernel_image_bytes(), 64);

	copy(image, pristine, kernel_image_bytes());
	return image;
}

void kernel__image_load(struct kernel_instance *instance)
{
	size_t bytes = kernel_image_bytes();

	if (image_owner == instance)
		return;
	sim_memory_leave(instance->sim);
	if (image_owner)
		copy(image_owner->image, __vtb_image_start, bytes);
	copy(__vtb_image_start, instance->image, bytes);
	image_owner = instance;
}

void kernel_image_park(void)
{
	if (!image_owner)
		return;
	copy(image_owner->image, __vtb_image_start, kernel_image_bytes());
	copy(__vtb_image_start, pristine, kernel_image_bytes());
}
