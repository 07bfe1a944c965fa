/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - findings and fatal errors of kernel code, and stacks
 *
 * A place of a finding is a function of the code under test: that of the given
 * pc, or, if the pc lies in the runtime or an inline of the tree's library,
 * that of the first such function up the present stack. If there is none on
 * the stack either, the function of the pc has to do.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define MAX_DEPTH	64

unsigned int vtb_stack_trace(const void **pcs, unsigned int max)
{
	uintptr_t low, high;

	if (!sim_stack_bounds(kernel__sim(), &low, &high))
		return 0;
	return sim_stack_walk(__builtin_frame_address(0), low, high, pcs, max);
}

const char *vtb_symbol(const void *address)
{
	return kernel_symbol(address, NULL);
}

void kernel__set_place(char *place, const void *pc)
{
	const char *name = kernel_symbol(pc, NULL);
	size_t len = strcspn(name, ".");

	/* Without the compiler's ".llvm.123" and the like. */
	if (!strcmp(name, "?"))
		len = 0;
	if (len >= SIM_FINDING_WORD)
		len = SIM_FINDING_WORD - 1;
	memcpy(place, name, len);
	place[len] = '\0';
}

const void *kernel__pc_under_test(const void *pc)
{
	const void *pcs[MAX_DEPTH];
	unsigned int i, nr;

	if (kernel__is_cut(pc))
		return pc;
	nr = vtb_stack_trace(pcs, MAX_DEPTH);
	for (i = 0; i < nr; i++)
		if (kernel__is_cut(pcs[i]))
			return pcs[i];
	return NULL;
}

static void set_first_place(struct sim_finding *finding, const void *pc)
{
	const void *cut = kernel__pc_under_test(pc);

	finding->pc[0] = cut ? cut : pc;
	kernel__set_place(finding->place[0], finding->pc[0]);
}

static void raise_finding(struct sim_finding *finding, const char *oracle,
			  const char *object, const char *what, const char *why)
{
	finding->despite_change = true;
	snprintf(finding->oracle, sizeof(finding->oracle), "%s", oracle);
	snprintf(finding->object, sizeof(finding->object), "%s", object);
	snprintf(finding->what, sizeof(finding->what), "%s", what);
	snprintf(finding->why, sizeof(finding->why), "%s", why ? why : "");
	sim_finding_raise(kernel__sim(), finding);
}

void vtb_finding(const char *oracle, const char *object, const void *pc,
		 const void *pc2, const char *what, const char *why)
{
	struct sim_finding finding = { .severity = VTB_EXIT_SAFETY };

	set_first_place(&finding, pc);
	finding.pc[1] = pc2;
	if (pc2)
		kernel__set_place(finding.place[1], pc2);
	raise_finding(&finding, oracle, object, what, why);
}

/* Both places are those of the accesses, whoever's code they lie in. */
void kernel__race_finding(const char *object, const void *const pcs[2],
			  const char *what, const char *why)
{
	struct sim_finding finding = { .severity = VTB_EXIT_SAFETY };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		finding.pc[i] = pcs[i];
		kernel__set_place(finding.place[i], pcs[i]);
	}
	raise_finding(&finding, "data-race", object, what, why);
}

void vtb_finding_in(const char *oracle, const char *object,
		    const struct vtb_source_place *place, const char *what,
		    const char *why)
{
	struct sim_finding finding = { .severity = VTB_EXIT_SAFETY };
	const void *cut = kernel__pc_under_test(place->pc);

	finding.pc[0] = cut ? cut : place->pc;
	if (cut && cut != place->pc)
		kernel__set_place(finding.place[0], cut);
	else
		snprintf(finding.place[0], sizeof(finding.place[0]), "%s",
			 place->function);
	raise_finding(&finding, oracle, object, what, why);
}

void vtb_liveness_finding(const char *oracle, const char *object,
			  const void *pc, const char *what, const char *why)
{
	struct sim_finding finding = { .severity = VTB_EXIT_LIVENESS };

	set_first_place(&finding, pc);
	raise_finding(&finding, oracle, object, what, why);
}

/* May run in a signal handler, see cmake/unmodelled/guard.c. */
void vtb_unmodelled(const char *name)
{
	struct sim_finding finding = { .place[0] = "?" };
	char text[256];
	int len;

	if (vtb_this)
		set_first_place(&finding, __builtin_return_address(0));
	len = snprintf(text, sizeof(text),
		       "vtb: unmodelled: %s (called from %s, op %u)\n", name,
		       finding.place[0], vtb_this ? vtb_op() : 0);
	fflush(stdout);
	if (write(STDERR_FILENO, text, len) != len)
		_exit(VTB_EXIT_BENCH);
	/* The program that got here is worth keeping. */
	snprintf(text, sizeof(text), "unmodelled: %s", name);
	if (sim_bench_error_hook)
		sim_bench_error_hook(text);
	_exit(VTB_EXIT_BENCH);
}

void vtb_bench_error(const char *file, int line, const char *text)
{
	sim_bench_error(file, line, "%s", text);
}
