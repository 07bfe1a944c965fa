/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary.c - what a canary's patch says, as lines on stderr
 *
 *	vtb: canary reached programs=N
 *	vtb: canary triggered programs=N
 *
 * Linked into canary builds only (cmake/Canaries.cmake), and said once per
 * process, by the N-th program. Nothing here is state of a world, so nothing
 * in a run can depend on it.
 */
#include <inttypes.h>

#include "session.h"

/* As canaries/include/canary.h declares them, for the kernel side. */
void canary_reached(void);
void canary_triggered(unsigned long cond);

static void say_once(bool *said, const char *what)
{
	if (*said)
		return;
	*said = true;
	fprintf(stderr, "vtb: canary %s programs=%" PRIu64 "\n", what,
		session.nr_programs);
}

void canary_reached(void)
{
	static bool said;	/* of the process */

	say_once(&said, "reached");
}

void canary_triggered(unsigned long cond)
{
	static bool said;	/* of the process */

	if (cond)
		say_once(&said, "triggered");
}
