// SPDX-License-Identifier: GPL-2.0-only
/*
 * spin.c - waiting for a lock while keeping the vCPU
 *
 * Whoever spins sleeps as a fiber and is woken by the unlock: the same
 * behaviour as a loop over the lock word, without the steps. The lock word
 * decides; a wake-up only says that it is worth looking again. The record of
 * a spinner lies on its stack and is in the list while it waits.
 */
#include <linux/kernel.h>
#include <vtb/runtime.h>
#include "lockcheck.h"

struct spinner {
	struct spinner *next;
	const void *word;
	struct vtb_thread *thread;
};

static struct spinner *spinners;

static void forget(struct spinner *spinner)
{
	struct spinner **link = &spinners;

	while (*link != spinner)
		link = &(*link)->next;
	*link = spinner->next;
}

void vtb_spin_wait(const void *word)
{
	struct spinner spinner = {
		.next = spinners,
		.word = word,
		.thread = vtb_thread_self(),
	};

	spinners = &spinner;
	vtb_thread_spin();
	forget(&spinner);
}

void vtb_spin_wake(const void *word)
{
	struct spinner *spinner;

	for (spinner = spinners; spinner; spinner = spinner->next)
		if (spinner->word == word)
			vtb_thread_wake(spinner->thread);
}
