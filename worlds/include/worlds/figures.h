/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * figures.h - what a world has measured, in virtual time
 *
 * Beside findings a run may have figures: throughput, latency, downtime, slots
 * in use. A world counts as it goes, in structures of its own, and reports at
 * the end: names, units and values for people and JSON, and series over time for
 * plots. All are integers, and a function of the program as everything else.
 */
#ifndef WORLDS_FIGURES_H
#define WORLDS_FIGURES_H

#include <worlds/op.h>

/* -- how values spread ---------------------------------------------------- */

#define WORLD_SPREAD_STEPS	16	/* per power of two: 6 % */
#define WORLD_SPREAD_BUCKETS	(61 * WORLD_SPREAD_STEPS)

struct world_spread {
	uint64_t nr;
	uint64_t least;
	uint64_t most;
	uint32_t buckets[WORLD_SPREAD_BUCKETS];
};

void world_spread_add(struct world_spread *spread, uint64_t value);
/*
 * What @per_mille of the values do not exceed: exact below 16, else up to 6 %
 * too high, and never more than the highest one. 0 if there are none.
 */
uint64_t world_spread_at(const struct world_spread *spread,
			 unsigned int per_mille);

/* -- values over time ----------------------------------------------------- */

enum world_series_kind {
	WORLD_SERIES_RATE,		/* the sum of an interval, per second */
	WORLD_SERIES_MOST,		/* the highest value of an interval */
};

#define WORLD_SERIES_BINS	64

/*
 * As many intervals as there are, which grow with the run: when time leaves the
 * last one, all become twice as long. Begin with the first two members set and
 * the others zero.
 */
struct world_series {
	const char *name;
	const char *unit;		/* of what comes of it: "Mbit/s" */
	enum world_series_kind kind;
	uint64_t divisor;		/* RATE: amounts per unit; 0: 1 */
	uint64_t bin_ns;		/* 0: nothing yet */
	uint64_t end_ns;		/* latest time seen */
	uint64_t bins[WORLD_SERIES_BINS];
};

/* @time_ns: of the program, world_time_ns(). */
void world_series_add(struct world_series *series, uint64_t time_ns,
		      uint64_t amount);
/* Intervals in use, and what one of them has come to. */
unsigned int world_series_nr(const struct world_series *series);
uint64_t world_series_value(const struct world_series *series, unsigned int n);

/* -- reporting ------------------------------------------------------------ */

/* Who wants to know. Members may be NULL; texts are valid during the call. */
struct world_reporter {
	void (*figure)(void *arg, const char *name, const char *unit,
		       uint64_t value);
	void (*series)(void *arg, const struct world_series *series);
	void *arg;
};

void world_report(const struct world_reporter *to, const char *name,
		  const char *unit, uint64_t value);
/* "NAME median", "NAME 99 %", "NAME 99.9 %", "NAME most"; nothing if empty. */
void world_report_spread(const struct world_reporter *to, const char *name,
			 const char *unit, const struct world_spread *spread);
void world_report_series(const struct world_reporter *to,
			 const struct world_series *series);

/* -- frames --------------------------------------------------------------- */

/* A frame that somebody promiscuous has seen at @port ("host a guest"). */
struct world_frame {
	const char *port;		/* stays: frames of one port share it */
	bool outbound;
	uint64_t time_ns;
	const void *data;
	uint32_t bytes;
};

/* Lies outside of the world; see struct world. */
struct world_capture {
	void (*frame)(void *arg, const struct world_frame *frame);
	void *arg;
};

void world_capture(struct world *world, const struct world_frame *frame);

#endif
