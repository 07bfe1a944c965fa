// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover_branches.c - the conditions of a source file, and how often each way
 * was taken; and the lines that llvm-cov gets wrong
 *
 * llvm-cov has for each function a list of files: the function's own, then one
 * for each macro expansion in it, and for each condition where it is:
 *
 *	[line, column, last line, last column, taken, not taken, file, ...]
 *
 * The compiler's own list (cover_mapping.h) has the same places and says which
 * of the conditions it has kept. The n-th condition at a place here is the n-th
 * there: an argument that a macro uses twice has the same place twice.
 */
#include <stdlib.h>
#include <string.h>

#include "cover_branches.h"
#include "cover_mapping.h"

#define KIND_EXPANSION	1
#define MAX_TEXT	4096

static const char gone[] = "decided by the compiler";
static const char one_case[] = "switch over a constant";

json_t *cover_branches_export(const char *exe, const char *profdata, int *code)
{
	char profile[CLI_PATH + 32];
	const char *const argv[] = {
		"llvm-cov", "export", "-format=text", exe, profile, NULL,
	};
	json_t *export = NULL;
	char *text;

	snprintf(profile, sizeof(profile), "-instr-profile=%s", profdata);
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, code);
	if (text && !*code)
		export = json_loads(text, 0, NULL);
	free(text);
	return export;
}

static unsigned int number(json_t *list, size_t i)
{
	return (unsigned int)json_integer_value(json_array_get(list, i));
}

/* The line of the function on which @file, an expansion, is expanded. */
static unsigned int line_of(json_t *function, unsigned int file,
			    unsigned int line)
{
	json_t *regions = json_object_get(function, "regions"), *region;
	unsigned int depth = 0;
	size_t i;

	/* [line, column, last line, last column, count, file, expanded, kind] */
	for (i = 0; file && i < json_array_size(regions); i++) {
		region = json_array_get(regions, i);
		if (number(region, 7) != KIND_EXPANSION ||
		    number(region, 6) != file)
			continue;
		file = number(region, 5);
		line = number(region, 0);
		if (++depth > json_array_size(regions))
			break;
		i = (size_t)-1;
	}
	return line;
}

static bool same_place(const struct cover_place *a, const struct cover_place *b)
{
	return a->file == b->file && a->line == b->line &&
	       a->column == b->column && a->last_line == b->last_line &&
	       a->last_column == b->last_column;
}

/* Does the label of a switch begin at this place? */
static bool is_label(const char *path, const struct cover_place *place)
{
	char line[MAX_TEXT] = "";
	unsigned int nr = 0;
	FILE *file = fopen(path, "r");

	while (file && nr < place->line && fgets(line, sizeof(line), file))
		nr++;
	if (file)
		fclose(file);
	if (nr != place->line || place->column > strlen(line))
		return false;
	return !strncmp(line + place->column - 1, "case", 4) ||
	       !strncmp(line + place->column - 1, "default", 7);
}

/* Labels of one switch count their other arm from the same whole. */
static bool same_switch(const struct cover_branch *a,
			const struct cover_branch *b)
{
	const char *x = strrchr(a->rest, '#'), *y = strrchr(b->rest, '#');

	return a->place.file == b->place.file && x && y &&
	       x - a->rest == y - b->rest &&
	       !strncmp(a->rest, b->rest, (size_t)(x - a->rest));
}

/*
 * Is label @at the only one that the compiler has kept of its switch, though
 * there is a `default`? Then the switch is over a constant.
 */
static bool is_only_case(const struct cover_branch *list, size_t nr, size_t at,
			 const char *path)
{
	size_t lost = 0, i;

	if (!is_label(path, &list[at].place))
		return false;
	for (i = 0; i < nr; i++) {
		if (i == at || !same_switch(&list[i], &list[at]) ||
		    !is_label(path, &list[i].place))
			continue;
		if (list[i].kept)
			return false;
		lost++;
	}
	return lost;
}

struct join {
	json_t *function;
	const char *name;
	struct cover_branch *kept;	/* of the compiler; NULL: unknown */
	size_t nr_kept;
	bool *used;
	bool compiled;			/* the function is in the code */
};

static const char *why_left_out(struct join *join,
				const struct cover_place *place,
				const char *path)
{
	size_t i;

	if (!join->compiled)
		return gone;
	for (i = 0; i < join->nr_kept; i++) {
		if (join->used[i] || !same_place(&join->kept[i].place, place))
			continue;
		join->used[i] = true;
		if (!join->kept[i].kept)
			return gone;
		return is_only_case(join->kept, join->nr_kept, i, path) ?
			one_case : NULL;
	}
	return NULL;
}

static void take_branch(struct join *join, json_t *branch,
			struct cover_condition *condition)
{
	char real[CLI_PATH];
	const struct cover_place place = {
		.file = number(branch, 6),
		.line = number(branch, 0), .column = number(branch, 1),
		.last_line = number(branch, 2),
		.last_column = number(branch, 3),
	};
	const char *path = json_string_value(json_array_get(
		json_object_get(join->function, "filenames"), place.file));

	condition->line = line_of(join->function, place.file, place.line);
	condition->taken = (uint64_t)json_integer_value(
		json_array_get(branch, 4));
	condition->not_taken = (uint64_t)json_integer_value(
		json_array_get(branch, 5));
	condition->left_out = why_left_out(join, &place, path);
	cli_path(condition->where, "%s:%u:%u", cli_real_path(real, path),
		 place.line, place.column);
	snprintf(condition->function, sizeof(condition->function), "%s",
		 join->name);
}

static bool is_of(json_t *function, const char *source)
{
	const char *first = json_string_value(json_array_get(
		json_object_get(function, "filenames"), 0));
	const char *name = first ? strrchr(first, '/') : NULL;
	char real[CLI_PATH];

	/* There are many functions, and most are of other files. */
	return name && !strcmp(name, strrchr(source, '/')) &&
	       !strcmp(cli_real_path(real, first), source);
}

static size_t take_function(json_t *function,
			    const struct cover_mapping *mapping,
			    struct cover_condition **list, size_t nr)
{
	json_t *branches = json_object_get(function, "branches"), *branch;
	struct join join = {
		.function = function, .compiled = true,
		.name = json_string_value(json_object_get(function, "name")),
	};
	size_t i;

	if (mapping) {
		join.compiled = cover_mapping_has(mapping, join.name);
		join.nr_kept = cover_mapping_branches(mapping, join.name,
						      &join.kept);
	}
	join.used = calloc(join.nr_kept + 1, sizeof(*join.used));
	*list = realloc(*list, (nr + json_array_size(branches) + 1) *
			sizeof(**list));
	sim_assert(join.used && *list);
	json_array_foreach(branches, i, branch)
		take_branch(&join, branch, &(*list)[nr++]);
	free(join.used);
	free(join.kept);
	return nr;
}

static json_t *functions_of(json_t *export)
{
	return json_object_get(json_array_get(json_object_get(export, "data"),
					      0), "functions");
}

static int by_line(const void *a, const void *b)
{
	const struct cover_condition *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->where, y->where);
}

size_t cover_branches(json_t *export, const char *exe, const char *source,
		      struct cover_condition **list)
{
	struct cover_mapping *mapping = cover_mapping_get(source, exe);
	json_t *functions, *function;
	size_t nr = 0, i;

	*list = NULL;
	functions = functions_of(export);
	json_array_foreach(functions, i, function)
		if (is_of(function, source))
			nr = take_function(function, mapping, list, nr);
	if (nr)
		qsort(*list, nr, sizeof(**list), by_line);
	cover_mapping_free(mapping);
	return nr;
}

static bool is_before(unsigned int line, unsigned int column,
		      unsigned int other_line, unsigned int other_column)
{
	return line < other_line ||
	       (line == other_line && column <= other_column);
}

/* The region of the function's own text that begins last before the place. */
static json_t *innermost(json_t *function, unsigned int line,
			 unsigned int column)
{
	json_t *regions = json_object_get(function, "regions"), *region;
	json_t *best = NULL;
	size_t i;

	json_array_foreach(regions, i, region) {
		if (number(region, 5) || number(region, 7) > KIND_EXPANSION ||
		    !is_before(number(region, 0), number(region, 1), line,
			       column) ||
		    is_before(number(region, 2), number(region, 3), line,
			      column))
			continue;
		if (!best || is_before(number(best, 0), number(best, 1),
				       number(region, 0), number(region, 1)))
			best = region;
	}
	return best;
}

uint64_t cover_text_count(json_t *export, const char *source,
			  unsigned int line, unsigned int column)
{
	json_t *functions = functions_of(export), *function, *region;
	size_t i;

	json_array_foreach(functions, i, function) {
		if (!is_of(function, source))
			continue;
		region = innermost(function, line, column);
		if (region)
			return (uint64_t)json_integer_value(
				json_array_get(region, 4));
	}
	return 0;
}
