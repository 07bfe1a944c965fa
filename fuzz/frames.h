/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frames.h - whose code was running (private to fuzz/)
 *
 * Stacks of a process that is about to die are walked by frame pointers, never
 * trusting one that leaves the stack. Fiber stacks and kernel code have no
 * unwind tables, so where a callback comes from a sanitizer's runtime (which
 * has tables but no frame pointers) the unwinder goes as far as it can and the
 * walk takes over.
 */
#ifndef FUZZ_FRAMES_H
#define FUZZ_FRAMES_H

#include <stdint.h>
#include <stdio.h>

#define FRAMES_MAX	32

struct frames {
	unsigned int nr;
	const void *pc[FRAMES_MAX];	/* newest first; inside the calls */
};

/* From a place and its frame pointer, as signals and ASan give them. */
void frames_from(struct frames *frames, uintptr_t pc, uintptr_t bp);

/* Of the caller. */
void frames_here(struct frames *frames);

/* First function of the code under test, or NULL. */
const char *frames_place(const struct frames *frames);

/* The same for a list of return addresses that may end with NULL. */
const char *frames_place_of(const void *const *pcs, unsigned int max);

/*
 * One line for each frame inside the world, "    #0 iova_bitmap_set
 * (file.c:12)", with paths from the root of the project or kernel tree.
 */
void frames_print(FILE *out, const void *const *pcs, unsigned int max);

/* The same of the function that @pc is in, and not of what is inlined there. */
void frames_print_function(FILE *out, const void *pc);

#endif
