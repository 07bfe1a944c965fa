/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parts.c - worlds that are made of other worlds; see parts.h
 *
 * Tables are put together once, before main(): rows of the parts, one part after
 * the other, with other names and numbers of actors. What runs them is world.c.
 */
#include <stdio.h>
#include <string.h>

#include <sim/finding.h>
#include <worlds/parts.h>

/* -- tables --------------------------------------------------------------- */

static void refuse(const char *what, bool is_wrong)
{
	if (is_wrong)
		sim_bench_error(__FILE__, __LINE__,
				"a world with parts has too many %s", what);
}

/* "<part>_<name>", kept for good. */
static const char *name_of(struct world_parts *parts,
			   const struct world_part *part, const char *name)
{
	char *to = parts->names + parts->names_used;
	size_t room = sizeof(parts->names) - parts->names_used;
	int n = snprintf(to, room, "%s_%s", part->name, name);

	refuse("names", n < 0 || (size_t)n >= room);
	parts->names_used += (size_t)n + 1;
	return to;
}

/* Does a part before number @nr make that, too? */
static bool is_made_before(const struct world_parts *parts, unsigned int nr,
			   const char *kind)
{
	unsigned int i, n;

	for (n = 0; n < nr; n++) {
		const struct world_type *type = parts->parts[n].type;

		for (i = 0; i < type->nr_ops; i++)
			if (type->ops[i].produces &&
			    !strcmp(type->ops[i].produces, kind))
				return true;
	}
	return false;
}

/* Of one part no op takes what another has made. */
static const char *kind_of(struct world_parts *parts, unsigned int nr,
			   const char *kind)
{
	if (!kind || !is_made_before(parts, nr, kind))
		return kind;
	return name_of(parts, &parts->parts[nr], kind);
}

static void add_op(struct world_parts *parts, unsigned int nr,
		   const struct op *row)
{
	struct op *op = &parts->ops[parts->type.nr_ops++];
	unsigned int i;

	refuse("ops", parts->type.nr_ops > WORLD_PARTS_OPS);
	*op = *row;
	op->of_part = row;
	op->name = name_of(parts, &parts->parts[nr], row->name);
	op->actor += parts->first[nr];
	op->produces = kind_of(parts, nr, row->produces);
	op->after = kind_of(parts, nr, row->after);
	op->standalone = NULL;
	for (i = 0; i < op->nr_args; i++)
		op->args[i].resource = kind_of(parts, nr,
					       op->args[i].resource);
}

static unsigned int add_actors(struct world_parts *parts, unsigned int nr,
			       unsigned int first)
{
	const struct world_part *part = &parts->parts[nr];
	const struct world_type *type = part->type;
	unsigned int i;

	parts->first[nr] = first;
	for (i = 0; type->actors[i]; i++) {
		refuse("actors", first + i == WORLD_PARTS_ACTORS);
		parts->actors[first + i] = name_of(parts, part,
						   type->actors[i]);
		parts->process[first + i] = (uint8_t)(first +
			(type->process ? type->process[i] : i));
	}
	return first + i;
}

static bool is_open(const struct world_part *part, const char *value)
{
	unsigned int i;

	for (i = 0; i < WORLD_PART_CONFIG && part->open[i]; i++)
		if (!strcmp(part->open[i], value))
			return true;
	return false;
}

static bool is_preset(const struct world_part *part, const char *value)
{
	return part->preset && !strcmp(part->preset, value);
}

static bool is_silent(const struct world_part *part, unsigned int actor)
{
	return part->silent &&
	       !strcmp(part->silent, part->type->actors[actor]);
}

/* What a part is asked for by name must be there. */
static void check_names(const struct world_part *part)
{
	const struct world_type *type = part->type;
	unsigned int i, wanted = !!part->preset + !!part->silent, found = 0;

	for (i = 0; i < WORLD_PART_CONFIG && part->open[i]; i++)
		wanted++;
	for (i = 0; i < type->nr_config; i++)
		found += is_open(part, type->config[i].name) +
			 is_preset(part, type->config[i].name);
	for (i = 0; type->actors[i]; i++)
		found += is_silent(part, i);
	if (found != wanted)
		sim_bench_error(__FILE__, __LINE__, "%u of %u names are none of part %s",
				wanted - found, wanted, part->name);
}

/* Those that shape a world stand before those that do not. */
static void add_config(struct world_parts *parts, bool shaping)
{
	unsigned int nr, i, n = parts->type.nr_config;

	for (nr = 0; nr < parts->nr_parts; nr++) {
		const struct world_part *part = &parts->parts[nr];
		const struct world_type *type = part->type;

		refuse("values of one part", type->nr_config >
		       WORLD_PART_CONFIG);
		for (i = 0; i < type->nr_config; i++) {
			if (!is_open(part, type->config[i].name) ||
			    (i < type->nr_build_config) != shaping)
				continue;
			refuse("values", n == WORLD_PARTS_CONFIG);
			parts->config[n] = type->config[i];
			parts->config[n].name = name_of(parts, part,
							type->config[i].name);
			parts->config_of[n].part = nr;
			parts->config_of[n++].value = i;
		}
	}
	parts->type.nr_config = n;
	if (shaping)
		parts->type.nr_build_config = n;
}

/* What @nr is to have of @config, and defaults. */
static void config_for(const struct world_parts *parts, unsigned int nr,
		       const uint64_t *config,
		       uint64_t values[WORLD_PART_CONFIG])
{
	const struct world_part *part = &parts->parts[nr];
	const struct world_type *type = part->type;
	unsigned int i;

	for (i = 0; i < type->nr_config; i++) {
		values[i] = type->config[i].nr_border ?
			    type->config[i].border[0] : type->config[i].first;
		if (is_preset(part, type->config[i].name))
			values[i] = part->preset_to;
	}
	for (i = 0; i < parts->type.nr_config; i++)
		if (parts->config_of[i].part == nr)
			values[parts->config_of[i].value] = config[i];
}

/* -- a world -------------------------------------------------------------- */

static const struct world_parts *parts_of(const struct world *world)
{
	return (const struct world_parts *)world->type;
}

struct world *world_parts_build(const struct world_parts *parts,
				struct sim *sim, const uint64_t *config,
				size_t bytes)
{
	struct world_whole *whole = sim_alloc(sim, bytes, 8);
	uint64_t values[WORLD_PART_CONFIG];
	unsigned int i;

	world_init(&whole->world, &parts->type, sim);
	for (i = 0; i < parts->nr_parts; i++) {
		config_for(parts, i, config, values);
		whole->part[i] = parts->parts[i].type->build(sim, values);
		world_join(&whole->world, whole->part[i], parts->first[i]);
	}
	return &whole->world;
}

static void configure(struct world *world, const uint64_t *config)
{
	const struct world_parts *parts = parts_of(world);
	struct world_whole *whole = (struct world_whole *)world;
	uint64_t values[WORLD_PART_CONFIG];
	unsigned int i;

	for (i = 0; i < parts->nr_parts; i++) {
		if (!parts->parts[i].type->configure)
			continue;
		config_for(parts, i, config, values);
		parts->parts[i].type->configure(whole->part[i], values);
	}
}

static void finish(struct world *world, enum sim_end end)
{
	const struct world_parts *parts = parts_of(world);
	struct world_whole *whole = (struct world_whole *)world;
	unsigned int i;

	for (i = 0; i < parts->nr_parts && !sim_finding_get(world->sim); i++)
		if (parts->parts[i].type->finish)
			parts->parts[i].type->finish(whole->part[i], end);
}

static void settle(struct world *world)
{
	const struct world_parts *parts = parts_of(world);
	struct world_whole *whole = (struct world_whole *)world;
	unsigned int i;

	for (i = 0; i < parts->nr_parts; i++)
		if (parts->parts[i].type->settle)
			parts->parts[i].type->settle(whole->part[i]);
}

static void free_parts(struct world *world)
{
	const struct world_parts *parts = parts_of(world);
	struct world_whole *whole = (struct world_whole *)world;
	unsigned int i;

	for (i = 0; i < parts->nr_parts; i++)
		if (parts->parts[i].type->free)
			parts->parts[i].type->free(whole->part[i]);
}

/* -- figures -------------------------------------------------------------- */

struct part_reporter {
	const char *part;
	const struct world_reporter *to;
};

static void report_figure(void *arg, const char *name, const char *unit,
			  uint64_t value)
{
	const struct part_reporter *from = arg;
	char text[160];

	snprintf(text, sizeof(text), "%s: %s", from->part, name);
	world_report(from->to, text, unit, value);
}

static void report_series(void *arg, const struct world_series *series)
{
	const struct part_reporter *from = arg;
	struct world_series named = *series;
	char text[160];

	snprintf(text, sizeof(text), "%s: %s", from->part, series->name);
	named.name = text;
	world_report_series(from->to, &named);
}

static void report(struct world *world, const struct world_reporter *to)
{
	const struct world_parts *parts = parts_of(world);
	struct world_whole *whole = (struct world_whole *)world;
	unsigned int i;

	for (i = 0; i < parts->nr_parts; i++) {
		struct part_reporter from = { parts->parts[i].name, to };
		const struct world_reporter part = {
			.figure = report_figure, .series = report_series,
			.arg = &from,
		};

		if (parts->parts[i].type->report)
			parts->parts[i].type->report(whole->part[i], &part);
	}
}

/* -- the type ------------------------------------------------------------- */

static void take_part(struct world_parts *parts, unsigned int nr,
		      unsigned int *actors)
{
	const struct world_type *type = parts->parts[nr].type;
	unsigned int i;

	check_names(&parts->parts[nr]);
	*actors = add_actors(parts, nr, *actors);
	for (i = 0; i < type->nr_ops; i++)
		if (!is_silent(&parts->parts[nr], type->ops[i].actor))
			add_op(parts, nr, &type->ops[i]);
	if (type->step_budget > parts->type.step_budget)
		parts->type.step_budget = type->step_budget;
	parts->type.adversary |= type->adversary;
}

void world_parts_type(struct world_parts *parts, const struct world_part *list,
		      unsigned int nr)
{
	struct world_type *type = &parts->type;
	unsigned int i, actors = 0;

	refuse("parts", nr > WORLD_MAX_PARTS);
	parts->parts = list;
	parts->nr_parts = nr;
	for (i = 0; i < nr; i++)
		take_part(parts, i, &actors);
	add_config(parts, true);
	add_config(parts, false);
	type->actors = parts->actors;
	type->process = parts->process;
	type->ops = parts->ops;
	type->config = parts->config;
	type->configure = configure;
	type->finish = finish;
	type->settle = settle;
	type->free = free_parts;
	type->report = report;
}
