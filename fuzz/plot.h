/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plot.h - the figures of a run: for people, as JSON, and as a picture
 * (private to fuzz/)
 */
#ifndef FUZZ_PLOT_H
#define FUZZ_PLOT_H

#include <jansson.h>
#include <worlds/figures.h>

#define FIGURES_MAX		96
#define FIGURES_MAX_SERIES	16

/* A copy of what a world has reported; of what is too much there is none. */
struct figures {
	struct figure {
		char name[72];
		char unit[16];
		uint64_t value;
	} list[FIGURES_MAX];
	unsigned int nr;
	struct world_series series[FIGURES_MAX_SERIES];
	char names[FIGURES_MAX_SERIES][72];
	unsigned int nr_series;
};

/* Collects; the reporter is valid as long as @figures. */
struct world_reporter figures_reporter(struct figures *figures);

void figures_print(const struct figures *figures, FILE *out);
/* An array of objects: name, unit, value. */
json_t *figures_json(const struct figures *figures);

/*
 * Draws all series over virtual time as SVG, one panel for each unit. -EEXIST:
 * there is such a file; -ENODATA: the world has no series.
 */
int plot_write(const struct figures *figures, const char *title,
	       const char *path);

#endif
