/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ceiling.c - programs that only spin events (ceiling.h)
 */
#include "ceiling.h"

#include <stdlib.h>

#define FIBERS		4
#define DELAYS		64

struct ceiling {
	struct floor *floor;
	uint64_t left;
	struct spinner {
		struct ceiling *ceiling;
		uint32_t nr;
	} spinner[FIBERS];
	uint64_t delay_ns[DELAYS];
};

struct ceiling *ceiling_new(void)
{
	struct ceiling *ceiling = calloc(1, sizeof(*ceiling));
	uint64_t draw = 1;

	if (!ceiling)
		return NULL;
	ceiling->floor = ceiling_core_new(FIBERS);
	if (!ceiling->floor) {
		free(ceiling);
		return NULL;
	}
	for (unsigned int i = 0; i < DELAYS; i++) {
		draw = draw * 6364136223846793005u + 1442695040888963407u;
		ceiling->delay_ns[i] = 100 + (draw >> 54);
	}
	return ceiling;
}

void ceiling_free(struct ceiling *ceiling)
{
	if (!ceiling)
		return;
	ceiling_core_free(ceiling->floor);
	free(ceiling);
}

static void spin(void *arg)
{
	struct spinner *spinner = arg;
	struct ceiling *ceiling = spinner->ceiling;
	uint64_t turn = spinner->nr * 7u;

	do {
		ceiling_core_sleep(ceiling->floor,
				   ceiling->delay_ns[turn++ % DELAYS]);
	} while (--ceiling->left);
	ceiling_core_stop(ceiling->floor);
}

uint64_t ceiling_run(struct ceiling *ceiling, uint64_t events)
{
	ceiling->left = events;
	for (uint32_t i = 0; i < FIBERS; i++) {
		struct spinner *spinner = &ceiling->spinner[i];

		spinner->ceiling = ceiling;
		spinner->nr = i;
		ceiling_core_start(ceiling->floor, spin, spinner);
	}
	return ceiling_core_run(ceiling->floor);
}
