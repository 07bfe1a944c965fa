/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bench_reset_world.c - what putting a whole world with kernels back costs
 *
 * As bench_reset, but the world is the one that is fuzzed, and it is made
 * dirty by the programs of programs/iova_bitmap.txt. One row for each build
 * configuration that at least ten of them use; the first argument, if there is
 * one, names another file of programs. Samples follow each other in the same
 * world, as they do when a fuzzer mutates one program.
 */
#include "bench.h"

#include <fuzz/program.h>
#include <kernel/instance.h>
#include <sim/sim.h>
#include <sim/snapshot.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PROGRAMS	100u
#define MIN_PROGRAMS	10u
#define MAX_TEXT	(4u << 20)
#define MAX_SAMPLES	2000u
#define STEP_BUDGET	1000000u

static const char help[] =
	"usage: bench_reset_world [options] [PROGRAMS]\n"
	"Restoring the worlds of a fuzz target after programs have run in them.\n";

static const struct bench_column columns[] = {
	{ "case", "world", 0 },
	{ "programs", "programs", 0 },
	{ "us", "us", 2 },
	{ "us_90", "90 % below", 2 },
	{ "idle_us", "idle us", 2 },
	{ "memcpy_us", "memcpy us", 2 },
	{ "ratio", "ratio", 2 },
	{ "bytes", "bytes", 0 },
	{ NULL, NULL, 0 },
};

struct programs {
	struct program *list;
	unsigned int nr;
};

/* A world, what it is restored to, and room for as many bytes twice. */
struct subject {
	const struct program *like;
	struct sim *sim;
	struct world *world;
	struct sim_snapshot *start;
	size_t bytes;
	char *copy;
	struct program_plan plan;
	double dirty_us[MAX_SAMPLES];
	double idle_us[MAX_SAMPLES];
	double memcpy_us[MAX_SAMPLES];
};

/* Sanitized builds: worlds are known to pointers in the region only. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:detect_stack_use_after_return=0";
}

static const char *next_program(const char *text)
{
	while (text && strncmp(text, "vtb ", 4)) {
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return text;
}

static struct programs load(const char *path)
{
	struct programs programs = {
		.list = calloc(MAX_PROGRAMS, sizeof(struct program)),
	};
	char *text = calloc(1, MAX_TEXT + 1);
	char error[512];
	const char *from, *to;
	size_t size;

	if (!programs.list || !text ||
	    program_read_file(path, (uint8_t *)text, MAX_TEXT, &size))
		bench_fail("cannot read %s", path);
	for (from = next_program(text); from && programs.nr < MAX_PROGRAMS;
	     from = to) {
		to = next_program(from + 1);
		size = to ? (size_t)(to - from) : strlen(from);
		if (program_parse(&programs.list[programs.nr++], world_types,
				  path, from, size, error, sizeof(error)))
			bench_fail("%s", error);
	}
	free(text);
	return programs;
}

static bool same_build(const struct program *a, const struct program *b)
{
	return a->type == b->type &&
	       !memcmp(a->config, b->config,
		       a->type->nr_build_config * sizeof(a->config[0]));
}

static void build(struct subject *subject, const struct program *like)
{
	struct sim *sim = sim_new(&(struct sim_options) { 0 });

	if (!sim)
		bench_fail("no memory for the world");
	subject->like = like;
	subject->sim = sim;
	subject->world = like->type->build(sim, like->config);
	subject->start = subject->world ? sim_snapshot_take(sim) : NULL;
	if (!subject->start)
		bench_fail("the world cannot be built");
	subject->bytes = sim_snapshot_bytes(subject->start);
	subject->copy = calloc(2, subject->bytes);
	if (!subject->copy)
		bench_fail("no memory for a copy");
}

static void take_down(struct subject *subject)
{
	kernel_image_park();
	sim_snapshot_free(subject->start);
	if (subject->like->type->free)
		subject->like->type->free(subject->world);
	sim_free(subject->sim);
	free(subject->copy);
}

static void run(struct subject *subject, const struct program *program)
{
	program_make_plan(program, &subject->plan);
	sim_set_plan(subject->sim, &subject->plan.plan);
	if (program->type->configure)
		program->type->configure(subject->world, program->config);
	world_run(subject->world, program->calls, program->nr_calls,
		  &(struct sim_run_options) { .step_budget = STEP_BUDGET },
		  NULL);
}

static double restore_us(const struct subject *subject)
{
	double begin_ns = bench_wall_ns();

	sim_snapshot_restore(subject->sim, subject->start);
	return (bench_wall_ns() - begin_ns) / 1e3;
}

static double memcpy_us(const struct subject *subject)
{
	double begin_ns = bench_wall_ns();

	memcpy(subject->copy, subject->copy + subject->bytes, subject->bytes);
	__asm__ volatile("" : : "r" (subject->copy) : "memory");
	return (bench_wall_ns() - begin_ns) / 1e3;
}

/* Runs all programs of this build, @rounds times. Returns their number. */
static unsigned int take_samples(struct subject *subject,
				 const struct programs *programs,
				 unsigned int rounds, unsigned int *nr)
{
	uint64_t state = sim_state_hash(subject->sim);
	unsigned int used = 0;

	for (unsigned int i = 0; i < rounds * programs->nr; i++) {
		const struct program *program =
			&programs->list[i % programs->nr];

		if (!same_build(program, subject->like))
			continue;
		used += i < programs->nr;
		if (*nr == MAX_SAMPLES)
			break;
		run(subject, program);
		subject->dirty_us[*nr] = restore_us(subject);
		subject->idle_us[*nr] = restore_us(subject);
		run(subject, program);
		subject->memcpy_us[(*nr)++] = memcpy_us(subject);
		sim_snapshot_restore(subject->sim, subject->start);
	}
	if (sim_state_hash(subject->sim) != state)
		bench_fail("a restored world differs from the saved one");
	return used;
}

/* "memory=small ram_pages=8": the values that shape the world. */
static void name_build(const struct program *program, char *name, size_t size)
{
	const struct world_type *type = program->type;
	char value[24];
	size_t used = 0;

	name[0] = '\0';
	for (unsigned int i = 0; i < type->nr_build_config && used < size; i++) {
		const struct op_arg *row = &type->config[i];

		snprintf(value, sizeof(value), "%ju",
			 (uintmax_t)program->config[i]);
		used += (size_t)snprintf(name + used, size - used, "%s%s=%s",
			i ? " " : "", row->name, row->type == OP_ARG_ENUM ?
			row->names[program->config[i]] : value);
	}
}

static void measure(struct bench_table *table, const struct programs *programs,
		    const struct program *like, unsigned int rounds)
{
	static struct subject subject;
	unsigned int nr = 0, used;
	double dirty, floor;
	char name[160];

	build(&subject, like);
	used = take_samples(&subject, programs, rounds, &nr);
	dirty = bench_median(subject.dirty_us, nr);
	floor = bench_median(subject.memcpy_us, nr);
	name_build(like, name, sizeof(name));
	bench_table_add(table, json_pack(
		"{s:s, s:i, s:f, s:f, s:f, s:f, s:f, s:I}",
		"case", name, "programs", (int)used, "us", dirty,
		"us_90", subject.dirty_us[nr * 9 / 10],
		"idle_us", bench_median(subject.idle_us, nr),
		"memcpy_us", floor, "ratio", dirty / floor,
		"bytes", (json_int_t)subject.bytes));
	take_down(&subject);
}

static unsigned int count_like(const struct programs *programs,
			       unsigned int first, unsigned int end,
			       const struct program *like)
{
	unsigned int nr = 0;

	for (unsigned int i = first; i < end; i++)
		nr += same_build(&programs->list[i], like);
	return nr;
}

int main(int argc, char **argv)
{
	struct bench_options options = { .rounds = 7 };
	struct bench_table table;
	struct programs programs;
	int status;

	if (!bench_parse(&options, argc, argv, help, &status))
		return status;
	programs = load(options.file ? options.file :
			BENCH_PROGRAMS_DIR "/iova_bitmap.txt");
	bench_table_init(&table, "reset_world", columns);
	for (unsigned int i = 0; i < programs.nr; i++) {
		const struct program *like = &programs.list[i];

		if (!count_like(&programs, 0, i, like) &&
		    count_like(&programs, i, programs.nr, like) >= MIN_PROGRAMS)
			measure(&table, &programs, like, options.rounds);
	}
	bench_table_note(&table, "restores after a program, median; bytes: "
			 "copied back at least, memcpy is of as many");
	free(programs.list);
	return bench_table_print(&table, options.json);
}
