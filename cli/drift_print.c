/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_print.c - what differs between kernel trees, as one page of Markdown
 */
#include "drift.h"

#include <string.h>

/* More of one kind is in the JSON. */
#define MAX_LINES	40

static const json_t *list_of(const json_t *changes, const char *key)
{
	return json_object_get(changes, key);
}

static size_t headline(FILE *out, const json_t *list, const char *title)
{
	size_t nr = json_array_size(list);

	if (nr)
		fprintf(out, "\n### %s (%zu)\n\n", title, nr);
	return nr;
}

static void print_rest(FILE *out, size_t nr)
{
	if (nr > MAX_LINES)
		fprintf(out, "- and %zu more, see the JSON\n", nr - MAX_LINES);
}

static void print_broken(FILE *out, const json_t *changes)
{
	const json_t *list = list_of(changes, "broken"), *file;
	size_t nr = headline(out, list, "Does not build"), i;

	json_array_foreach(list, i, file)
		if (i < MAX_LINES)
			fprintf(out, "- `%s`%s: %s\n",
				json_text_of(file, "path"),
				json_is_true(json_object_get(file, "before")) ?
				" (before, already)" : "",
				json_text_of(file, "error"));
	print_rest(out, nr);
}

static void print_places(FILE *out, const json_t *changes)
{
	const json_t *list = list_of(changes, "gone"), *file;
	size_t i;

	headline(out, list, "Not there");
	json_array_foreach(list, i, file)
		fprintf(out, "- `%s`%s\n", json_text_of(file, "file"),
			json_is_true(json_object_get(file, "component_stays")) ?
			", though the component is" : "");
	list = list_of(changes, "moved");
	headline(out, list, "Moved");
	json_array_foreach(list, i, file)
		fprintf(out, "- `%s` to `%s`\n", json_text_of(file, "from"),
			json_text_of(file, "to"));
}

static void print_new(FILE *out, const json_t *names, bool modelled)
{
	const json_t *name;
	size_t i, nr = 0;

	json_array_foreach(names, i, name) {
		if (json_is_true(json_object_get(name, "modelled")) != modelled)
			continue;
		fprintf(out, "%s`%s`", nr++ ? ", " : modelled ? "; new: " :
			"; new and NOT MODELLED: ", json_text_of(name, "name"));
	}
}

/* "; KEY: `a`, `b`" of the list of strings there; nothing if it is empty. */
static void print_names(FILE *out, const json_t *change, const char *key)
{
	const json_t *list = json_object_get(change, key), *name;
	size_t i;

	json_array_foreach(list, i, name)
		if (i)
			fprintf(out, ", `%s`", json_string_value(name));
		else
			fprintf(out, "; %s: `%s`", key,
				json_string_value(name));
}

static void print_externals(FILE *out, const json_t *changes)
{
	const json_t *list = list_of(changes, "externals"), *file;
	size_t nr = headline(out, list, "Externals"), i;

	json_array_foreach(list, i, file) {
		if (i >= MAX_LINES)
			break;
		fprintf(out, "- `%s`", json_text_of(file, "file"));
		print_new(out, json_object_get(file, "new"), false);
		print_new(out, json_object_get(file, "new"), true);
		print_names(out, file, "gone");
		fputc('\n', out);
	}
	print_rest(out, nr);
}

static void print_structures(FILE *out, const json_t *changes)
{
	const json_t *list = list_of(changes, "structures"), *change, *member;
	size_t nr = headline(out, list, "Structures that our code uses"), i, n;

	json_array_foreach(list, i, change) {
		const json_t *changed = json_object_get(change, "changed");

		if (i >= MAX_LINES)
			break;
		fprintf(out, "- `struct %s`: %lld to %lld bytes",
			json_text_of(change, "name"),
			(long long)json_number_of(change, "size_from"),
			(long long)json_number_of(change, "size_to"));
		print_names(out, change, "new");
		print_names(out, change, "gone");
		json_array_foreach(changed, n, member)
			fprintf(out, "; `%s` was `%s`", json_text_of(member, "to"),
				json_text_of(member, "from"));
		if (json_number_of(change, "moved"))
			fprintf(out, "; %lld lie elsewhere",
				(long long)json_number_of(change, "moved"));
		fputc('\n', out);
	}
	print_rest(out, nr);
}

static void print_programs(FILE *out, const json_t *changes)
{
	const json_t *list = list_of(changes, "programs"), *program, *op;
	size_t nr = headline(out, list, "Programs that show something else"), i;

	if (json_is_null(list))
		fprintf(out, "\nNo programs were run in both.\n");
	json_array_foreach(list, i, program) {
		if (i >= MAX_LINES)
			break;
		fprintf(out, "- `%s`: %s, then %s",
			json_text_of(program, "program"),
			json_text_of(program, "from"),
			json_text_of(program, "to"));
		op = json_object_get(program, "op");
		if (json_is_object(op))
			fprintf(out, "; `%s` gives %lld, then %lld",
				json_text_of(op, "op"),
				(long long)json_number_of(op, "from"),
				(long long)json_number_of(op, "to"));
		fprintf(out, "%s\n", json_is_true(json_object_get(program,
			"expected")) ? " (as the scenario says)" : "");
	}
	print_rest(out, nr);
}

static void print_changes(FILE *out, const json_t *changes)
{
	fprintf(out, "\n## %s to %s\n\n%s to %s: %s\n",
		json_text_of(changes, "from"), json_text_of(changes, "to"),
		json_text_of(changes, "from_package"),
		json_text_of(changes, "to_package"),
		drift_is_any(changes) ? "drift" : "no drift");
	print_broken(out, changes);
	print_places(out, changes);
	print_externals(out, changes);
	print_structures(out, changes);
	print_programs(out, changes);
}

void drift_print(FILE *out, const json_t *page)
{
	const json_t *list = json_object_get(page, "changes"), *one;
	size_t i;

	fprintf(out, "# Kernel drift\n");
	json_array_foreach(json_object_get(page, "warnings"), i, one)
		fprintf(out, "\nNote: %s\n", json_string_value(one));
	json_array_foreach(list, i, one)
		print_changes(out, one);
}
