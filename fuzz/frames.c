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

/*
 * What paths of this project begin with, as the compiler was given them: this
 * file's path without its name in the project.
 */
static const char *project_prefix(void)
{
	static const char own[] = "fuzz/frames.c";
	static char prefix[512];
	size_t n;

	if (prefix[0] || !__sanitizer_symbolize_pc)
		return prefix;
	__sanitizer_symbolize_pc((char *)(uintptr_t)project_prefix + 1, "%s",
				 prefix, sizeof(prefix));
	n = strlen(prefix);
	if (n < sizeof(own) || strcmp(prefix + n - strlen(own), own))
		n = strlen(own);
	prefix[n - strlen(own)] = '\0';
	return prefix;
}

/* As the project or the kernel tree names a file. */
static const char *short_path(const char *path)
{
	const char *prefix = project_prefix(), *at;

	if (!strncmp(path, prefix, strlen(prefix)))
		path += strlen(prefix);
	while ((at = strstr(path, "../")))
		path = at + 3;
	at = strstr(path, "/trees/");
	if (at && (at = strstr(at, "/src/")))
		path = at + strlen("/src/");
	return path;
}

static void frame_print(FILE *out, unsigned int nr, const void *at)
{
	char name[128], line[512] = "";
	bool cut;

	snprintf(name, sizeof(name), "%s", kernel_symbol(at, &cut));
	/* The symbolizer takes return addresses. */
	if (__sanitizer_symbolize_pc) {
		char *pc = (char *)(uintptr_t)at + 1;

		__sanitizer_symbolize_pc(pc, "%f", name, sizeof(name));
		__sanitizer_symbolize_pc(pc, "%s:%l", line, sizeof(line));
	}
	fprintf(out, "    #%u %s%s%s%s\n", nr, name, line[0] ? " (" : "",
		short_path(line), line[0] ? ")" : "");
}

/* The symbolizer's answers follow one another, the outermost one is the last. */
static const char *last_of(const char *answers)
{
	const char *last = answers;

	for (; *answers; answers += strlen(answers) + 1)
		last = answers;
	return last;
}

void frames_print_function(FILE *out, const void *pc)
{
	char lines[2048] = "";
	const char *line;

	if (__sanitizer_symbolize_pc)
		__sanitizer_symbolize_pc((char *)(uintptr_t)pc + 1, "%s:%l",
					 lines, sizeof(lines) - 1);
	line = last_of(lines);
	fprintf(out, "    #0 %s%s%s%s\n", kernel_symbol(pc, NULL),
		line[0] ? " (" : "", short_path(line), line[0] ? ")" : "");
}

/* What runs the world is of no interest. */
static bool is_outside(const void *pc)
{
	return !strcmp(kernel_symbol(pc, NULL), "target_run");
}

void frames_print(FILE *out, const void *const *pcs, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < max && pcs[i] && !is_outside(pcs[i]); i++)
		frame_print(out, i, pcs[i]);
}
