/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_pct.c - is the chance that PCT promises the chance it has?
 *
 * No speed: the measured rate of hits beside the bound, for bugs of known
 * depth (pct.h), and that a run of less depth does not hit what needs more.
 */
#include "bench.h"
#include "pct.h"

#include <stdlib.h>

static const char help[] =
	"usage: bench_pct [options]\n"
	"Measures how often PCT hits bugs of known depth, beside its bound.\n";

static const struct bench_column columns[] = {
	{ "program", "program", 0 },
	{ "depth", "d", 0 },
	{ "fibers", "n", 0 },
	{ "steps", "k", 0 },
	{ "runs", "runs", 0 },
	{ "hits", "hits", 0 },
	{ "bound", "bound", 5 },
	{ "rate", "rate", 5 },
	{ "low", "95 % low", 5 },
	{ "kept", "kept", 0 },
	{ NULL, NULL, 0 },
};

static bool measure(struct bench_table *table,
		    const struct pct_program *program, unsigned int times)
{
	struct pct_result r;
	bool kept;

	if (!pct_measure(program, program->depth, times, &r))
		bench_fail("no memory for a world");
	kept = r.low >= r.bound;
	bench_table_add(table, json_pack(
		"{s:s, s:i, s:i, s:i, s:I, s:I, s:f, s:f, s:f, s:s}",
		"program", program->name, "depth", (int)program->depth,
		"fibers", (int)r.n, "steps", (int)r.k,
		"runs", (json_int_t)r.runs, "hits", (json_int_t)r.hits,
		"bound", r.bound, "rate", (double)r.hits / (double)r.runs,
		"low", r.low, "kept", kept ? "yes" : "no"));
	return kept;
}

int main(int argc, char **argv)
{
	struct bench_options options = { 0 };
	const struct pct_program *program;
	struct bench_table table;
	bool kept = true;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	bench_table_init(&table, "pct", columns);
	for (program = pct_programs; program->name; program++)
		if (bench_wanted(&options, program->name))
			kept &= measure(&table, program,
					options.quick ? 40 : 400);
	bench_table_note(&table, "bound: 1/(n*k^(d-1)); low: 95 %% lower "
			 "confidence limit of the rate (Clopper-Pearson)");
	status = bench_table_print(&table, options.json);
	return kept ? status : 3;
}
