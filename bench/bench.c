/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench.c - options, clock and table of the benchmarks (bench.h)
 */
#include "bench.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EXIT_USAGE	1
#define EXIT_BENCH	3
#define CELL_CHARS	64

static const char common_help[] =
	"  --json      print JSON with the same numbers\n"
	"  --quick     a short run that only shows that it works\n"
	"  --rounds N  interleaved rounds (median of per-round ratios)\n"
	"  --only TEXT cases whose name contains TEXT\n"
	"Read the ratios; absolute times are those of this machine.\n";

static bool parse_rounds(struct bench_options *options, const char *text)
{
	char *end;
	unsigned long rounds = strtoul(text, &end, 10);

	if (*end || !rounds || rounds > BENCH_MAX_ROUNDS)
		return false;
	options->rounds = (unsigned int)rounds;
	return true;
}

static bool usage(const char *program, int *status)
{
	fprintf(stderr, "vtb: see %s --help\n", program);
	*status = EXIT_USAGE;
	return false;
}

bool bench_parse(struct bench_options *options, int argc, char **argv,
		 const char *help, int *status)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "quick", no_argument, NULL, 'q' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "only", required_argument, NULL, 'o' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'j') {
			options->json = true;
		} else if (option == 'q') {
			options->quick = true;
			options->rounds = 1;
		} else if (option == 'o') {
			options->only = optarg;
		} else if (option == 'h') {
			printf("%s%s", help, common_help);
			*status = 0;
			return false;
		} else if (option != 'r' || !parse_rounds(options, optarg)) {
			return usage(argv[0], status);
		}
	}
	if (optind < argc)
		options->file = argv[optind++];
	return optind == argc || usage(argv[0], status);
}

bool bench_wanted(const struct bench_options *options, const char *name)
{
	return !options->only || strstr(name, options->only);
}

static double clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

double bench_wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare_doubles);
	return (values[(nr - 1) / 2] + values[nr / 2]) / 2;
}

struct bench_ratio bench_ratio(const double *a, const double *b, size_t nr)
{
	double ratios[BENCH_MAX_ROUNDS];
	struct bench_ratio ratio;

	for (size_t i = 0; i < nr; i++)
		ratios[i] = a[i] / b[i];
	ratio.median = bench_median(ratios, nr);
	ratio.low = ratios[0];
	ratio.high = ratios[nr - 1];
	return ratio;
}

void bench_table_init(struct bench_table *table, const char *name,
		      const struct bench_column *columns)
{
	table->name = name;
	table->columns = columns;
	table->rows = json_array();
	table->notes = json_array();
}

void bench_table_add(struct bench_table *table, json_t *row)
{
	if (!row || json_array_append_new(table->rows, row))
		bench_fail("a row of table %s is not valid", table->name);
}

void bench_table_note(struct bench_table *table, const char *format, ...)
{
	char text[240];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_array_append_new(table->notes, json_string(text));
}

static void format_cell(char cell[CELL_CHARS], const json_t *row,
			const struct bench_column *column)
{
	const json_t *value = json_object_get(row, column->key);

	if (json_is_string(value))
		snprintf(cell, CELL_CHARS, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(cell, CELL_CHARS, json_is_true(value) ? "yes" : "NO");
	else if (json_is_number(value))
		snprintf(cell, CELL_CHARS, "%.*f", column->digits,
			 json_number_value(value));
	else
		snprintf(cell, CELL_CHARS, "-");
}

static int column_width(const struct bench_table *table,
			const struct bench_column *column)
{
	size_t width = strlen(column->title);
	char cell[CELL_CHARS];
	const json_t *row;
	size_t i;

	json_array_foreach(table->rows, i, row) {
		format_cell(cell, row, column);
		if (strlen(cell) > width)
			width = strlen(cell);
	}
	return (int)width;
}

/* @row NULL: the titles. The first column is text and stands left. */
static void print_line(const struct bench_table *table, const json_t *row)
{
	const struct bench_column *column = table->columns;
	char cell[CELL_CHARS];

	for (; column->key; column++) {
		int width = column_width(table, column);

		if (row)
			format_cell(cell, row, column);
		else
			snprintf(cell, sizeof(cell), "%s", column->title);
		if (column == table->columns)
			printf("%-*s", width, cell);
		else
			printf("  %*s", width, cell);
	}
	printf("\n");
}

static void print_text(const struct bench_table *table)
{
	const json_t *line;
	size_t i;

	print_line(table, NULL);
	json_array_foreach(table->rows, i, line)
		print_line(table, line);
	json_array_foreach(table->notes, i, line)
		printf("%s\n", json_string_value(line));
}

static void print_json(const struct bench_table *table)
{
	json_t *root = json_pack("{s:s, s:O, s:O}", "bench", table->name,
				 "rows", table->rows, "notes", table->notes);

	json_dumpf(root, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
	printf("\n");
	json_decref(root);
}

int bench_table_print(struct bench_table *table, bool json)
{
	if (json)
		print_json(table);
	else
		print_text(table);
	json_decref(table->rows);
	json_decref(table->notes);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	fprintf(stderr, "vtb: cannot write to standard output\n");
	return EXIT_BENCH;
}

void bench_fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "vtb: bench: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(EXIT_BENCH);
}
