/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frames.c - whose code was running; see frames.h
 */
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include <kernel/instance.h>

#include "frames.h"
#include "session.h"

#define UNWIND_RBP	6	/* DWARF number on x86-64 */

extern void __sanitizer_symbolize_pc(void *pc, const char *format, char *out,
				     size_t size) __attribute__((weak));

static void add(struct frames *frames, uintptr_t pc)
{
	if (frames->nr < FRAMES_MAX)
		frames->pc[frames->nr++] = (const void *)pc;
}

/* Where the stack that @bp lies on ends; the main one ends below environ. */
static uintptr_t stack_end(uintptr_t bp)
{
	struct sim *sim = target_sim(session.target);
	uintptr_t low, high;

	if (sim && sim_stack_bounds(sim, &low, &high) && bp >= low && bp < high)
		return high;
	return (uintptr_t)environ;
}

/* A frame begins with the caller's frame pointer and the return address. */
static void __attribute__((no_sanitize("address", "undefined")))
walk(struct frames *frames, uintptr_t bp, uintptr_t skip)
{
	uintptr_t end = stack_end(bp);

	while (frames->nr < FRAMES_MAX && bp && !(bp & 7) && bp + 16 <= end) {
		const uintptr_t *frame = (const uintptr_t *)bp;

		if (frame[1] && frame[1] != skip)
			add(frames, frame[1] - 1);
		if (frame[0] <= bp)
			break;
		bp = frame[0];
	}
}

void frames_from(struct frames *frames, uintptr_t pc, uintptr_t bp)
{
	frames->nr = 0;
	add(frames, pc);
	/* ASan's frame is that of its report function, called at @pc. */
	walk(frames, bp, pc);
}

struct unwound {
	struct frames *frames;
	uintptr_t bp;
};

static _Unwind_Reason_Code unwind_step(struct _Unwind_Context *context,
				       void *arg)
{
	struct unwound *unwound = arg;
	uintptr_t pc = _Unwind_GetIP(context);

	if (!pc)
		return _URC_END_OF_STACK;
	add(unwound->frames, pc - 1);
	unwound->bp = _Unwind_GetGR(context, UNWIND_RBP);
	return _URC_NO_REASON;
}

void frames_here(struct frames *frames)
{
	struct unwound unwound = { .frames = frames };

	frames->nr = 0;
	_Unwind_Backtrace(unwind_step, &unwound);
	walk(frames, unwound.bp, 0);
}

const char *frames_place_of(const void *const *pcs, unsigned int max)
{
	unsigned int i;
	const char *name;
	bool cut;

	for (i = 0; i < max && pcs[i]; i++) {
		name = kernel_symbol(pcs[i], &cut);
		if (cut)
			return name;
	}
	return NULL;
}

const char *frames_place(const struct frames *frames)
{
	return frames_place_of(frames->pc, frames->nr);
}

/* A path of ours without the way from the build folder. */
static const char *short_path(const char *path)
{
	const char *at;

	while ((at = strstr(path, "../")))
		path = at + 3;
	return path;
}

void frames_print(FILE *out, const void *const *pcs, unsigned int max)
{
	char name[128], line[512];
	unsigned int i;
	bool cut;

	for (i = 0; i < max && pcs[i]; i++) {
		snprintf(name, sizeof(name), "%s", kernel_symbol(pcs[i], &cut));
		line[0] = '\0';
		/* The symbolizer takes return addresses. */
		if (__sanitizer_symbolize_pc) {
			char *pc = (char *)(uintptr_t)pcs[i] + 1;

			__sanitizer_symbolize_pc(pc, "%f", name, sizeof(name));
			__sanitizer_symbolize_pc(pc, "%s:%l", line,
						 sizeof(line));
		}
		fprintf(out, "    #%u %s%s%s%s\n", i, name, line[0] ? " (" : "",
			short_path(line), line[0] ? ")" : "");
	}
}
