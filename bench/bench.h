/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.h - what every benchmark does alike: options, clock, table
 *
 * Benchmarks are read as ratios. Both sides run in the same process in turn
 * (A B A B ...), each round gives one ratio, and the median of the ratios is
 * the result: what the machine does meanwhile hits both sides of a round.
 * Rounds are timed by the CPU time of this thread, so that a neighbour who
 * takes the CPU away is not counted.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BENCH_MAX_ROUNDS	101

struct bench_options {
	bool json;		/* the same numbers as JSON */
	bool quick;		/* a short run: does it work, not how fast */
	unsigned int rounds;
	const char *only;	/* cases whose name contains this; or NULL */
	const char *file;	/* first argument that is no option, or NULL */
};

/*
 * Fills @options, whose members hold the defaults before. Returns false when
 * the program is to end with *status: --help was asked for, or wrong usage.
 */
bool bench_parse(struct bench_options *options, int argc, char **argv,
		 const char *help, int *status);
bool bench_wanted(const struct bench_options *options, const char *name);

/* CPU time of this thread; reading it costs a system call. */
double bench_cpu_ns(void);

/* For samples of microseconds, of which a median is taken. */
double bench_wall_ns(void);

/* Both reorder @values. */
double bench_median(double *values, size_t nr);

/* Ratios a[i]/b[i] of the rounds: median, smallest, largest. */
struct bench_ratio {
	double median;
	double low;
	double high;
};
struct bench_ratio bench_ratio(const double *a, const double *b, size_t nr);

/* One column of a table; @key is its name in JSON. */
struct bench_column {
	const char *key;
	const char *title;
	int digits;		/* after the point, for numbers */
};

struct bench_table {
	const char *name;
	const struct bench_column *columns;	/* ends with a NULL key */
	json_t *rows;		/* objects; a missing key prints as - */
	json_t *notes;		/* lines under the table */
};

void bench_table_init(struct bench_table *table, const char *name,
		      const struct bench_column *columns);

/* Steals @row. */
void bench_table_add(struct bench_table *table, json_t *row);
void bench_table_note(struct bench_table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Prints and empties the table. Returns 0, or 3 if standard output fails. */
int bench_table_print(struct bench_table *table, bool json);

/* "vtb: ..." to standard error, and exit 3. */
void bench_fail(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#endif
