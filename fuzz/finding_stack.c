/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding_stack.c - where findings are raised; see finding_stack.h
 */
#include <string.h>

#include <kernel/instance.h>
#include <kernel/race.h>

#include "finding_stack.h"
#include "frames.h"
#include "session.h"

/* Of this process's last finding: the run it belongs to is over when it is
 * printed. */
static struct frames raised;
static const char *raised_from;		/* in sim_finding_raise() */

void __attribute__((noinline)) vtb_finding_here(void)
{
	__asm__ volatile("" ::: "memory");
}

static void on_finding(const struct sim_finding *finding)
{
	(void)finding;
	raised_from = __builtin_return_address(0);
	frames_here(&raised);
	vtb_finding_here();
}

void finding_stack_watch(void)
{
	sim_finding_hook = on_finding;
}

/* Index of the frame that called sim_finding_raise(). */
static unsigned int first_frame(void)
{
	unsigned int i;

	for (i = 0; i < raised.nr; i++)
		if (raised.pc[i] == raised_from - 1)
			return i + 1;
	return 0;
}

static bool on_stack(const char *function)
{
	unsigned int i;

	for (i = 0; i < raised.nr; i++)
		if (!strcmp(kernel_symbol(raised.pc[i], NULL), function))
			return true;
	return false;
}

/* Return addresses: the call is before them. */
static void print_place(FILE *out, const struct sim_finding *finding, int n)
{
	const void *pc = finding->pc[n];

	if (!pc || on_stack(finding->place[n]))
		return;
	fprintf(out, "vtb: %s place:\n", n ? "the other" : "the first");
	frames_print_function(out, (const char *)pc - 1);
}

/* The first of two accesses that race has its stack from another run. */
static void print_accesses(FILE *out)
{
	const struct kernel_race_place *place;
	unsigned int i;

	place = kernel_race_places(session_race());
	for (i = 0; place && i < 2; i++, place++) {
		fprintf(out, "vtb: %s: %s by %s, locks held: %s\n",
			i ? "then" : "first", place->what, place->actor,
			place->locks);
		frames_print(out, place->pcs, place->nr_pcs);
	}
}

void finding_stack_print(FILE *out, const struct sim_finding *finding)
{
	unsigned int skip = first_frame();

	if (!strcmp(finding->oracle, "data-race")) {
		print_accesses(out);
		return;
	}
	if (raised.nr > skip) {
		fprintf(out, "vtb: raised by:\n");
		frames_print(out, raised.pc + skip, raised.nr - skip);
	}
	print_place(out, finding, 0);
	print_place(out, finding, 1);
}
