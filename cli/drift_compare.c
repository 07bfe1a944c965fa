/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_compare.c - two trees side by side
 */
#include <string.h>

#include "drift.h"

static bool has_text(const json_t *list, const char *text)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (!strcmp(json_string_value(one), text))
			return true;
	return false;
}

/* -- files -- */

static bool builds(const json_t *file)
{
	return json_is_true(json_object_get(file, "builds"));
}

/* Names in @a that @b has not. */
static json_t *beyond(const json_t *a, const json_t *b)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)a, i, one)
		if (!has_text(b, json_string_value(one)))
			json_array_append(list, one);
	return list;
}

/* New externals, and whether the simulated kernel or another file has them. */
static json_t *judge_new(json_t *names, const json_t *to)
{
	json_t *list = json_array(), *name;
	size_t i;

	json_array_foreach(names, i, name)
		json_array_append_new(list, json_pack("{s:O, s:b}", "name", name,
			"modelled", json_object_get(json_object_get(to, "defined"),
						    json_string_value(name)) != NULL));
	json_decref(names);
	return list;
}

static void compare_externals(json_t *changes, const char *key,
			      const json_t *old, const json_t *new,
			      const json_t *to)
{
	const json_t *a = json_object_get(old, "externals");
	const json_t *b = json_object_get(new, "externals");
	json_t *added = beyond(b, a), *gone = beyond(a, b);

	if (json_array_size(added) || json_array_size(gone))
		json_array_append_new(json_object_get(changes, "externals"),
			json_pack("{s:s, s:o, s:O}", "file", key, "new",
				  judge_new(json_incref(added), to), "gone",
				  gone));
	json_decref(added);
	json_decref(gone);
}

/* @before: it did not build in the older tree, or not there either. */
static void note_broken(json_t *changes, const char *key, const json_t *file,
			bool before)
{
	json_array_append_new(json_object_get(changes, "broken"),
		json_pack("{s:s, s:s, s:s, s:b}", "file", key, "path",
			  json_text_of(file, "file"), "error",
			  json_text_of(file, "error"), "before", before));
}

static void compare_files(json_t *changes, const json_t *from, const json_t *to,
			  const char *kind)
{
	const json_t *all = json_object_get(from, kind), *old;
	json_t *new;
	const char *key;

	json_object_foreach(json_object_get(to, kind), key, new) {
		old = json_object_get(all, key);
		if (!builds(new))
			note_broken(changes, key, new, old && !builds(old));
		else if (old && !builds(old))
			note_broken(changes, key, old, true);
		if (!old || !builds(old) || !builds(new))
			continue;
		if (strcmp(json_text_of(old, "file"), json_text_of(new, "file")))
			json_array_append_new(json_object_get(changes, "moved"),
				json_pack("{s:s, s:s}", "from",
					  json_text_of(old, "file"), "to",
					  json_text_of(new, "file")));
		if (json_object_get(new, "externals"))
			compare_externals(changes, key, old, new, to);
	}
}

/* Files of components that both trees have, but only the older one this file:
 * a component that a tree has not at all is no drift of a file. */
static bool has_component(const json_t *files, const char *key)
{
	size_t length = strcspn(key, "/") + 1;
	const char *other;
	json_t *file;

	json_object_foreach((json_t *)(uintptr_t)files, other, file)
		if (!strncmp(other, key, length))
			return true;
	return false;
}

static void note_missing(json_t *changes, const json_t *from, const json_t *to)
{
	json_t *files = json_object_get(to, "files"), *file;
	const char *key;

	json_object_foreach(json_object_get(from, "files"), key, file)
		if (!json_object_get(files, key))
			json_array_append_new(json_object_get(changes, "gone"),
				json_pack("{s:s, s:b}", "file", key,
					  "component_stays",
					  has_component(files, key)));
}

/* -- structures -- */

static json_t *members_beyond(const json_t *a, const json_t *b)
{
	json_t *list = json_array(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)a, name, value)
		if (!json_object_get(b, name))
			json_array_append(list, json_object_get(value, "is"));
	return list;
}

/* Same name, another declaration. What only lies elsewhere is counted. */
static json_t *redeclared(const json_t *a, const json_t *b, unsigned int *moved)
{
	json_t *list = json_array(), *old;
	const json_t *new;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)a, name, old) {
		new = json_object_get(b, name);
		if (!new)
			continue;
		if (strcmp(json_text_of(old, "is"), json_text_of(new, "is")))
			json_array_append_new(list, json_pack("{s:s, s:s}",
				"from", json_text_of(old, "is"),
				"to", json_text_of(new, "is")));
		else
			*moved += json_number_of(old, "at") !=
					  json_number_of(new, "at") ||
				  json_number_of(old, "bytes") !=
					  json_number_of(new, "bytes");
	}
	return list;
}

static void compare_structure(json_t *changes, const char *name,
			      const json_t *old, const json_t *new)
{
	const json_t *a = json_object_get(old, "members");
	const json_t *b = json_object_get(new, "members");
	unsigned int moved = 0;
	json_t *change;

	if (json_equal(old, new))
		return;
	change = json_pack("{s:s, s:I, s:I, s:o, s:o, s:o}", "name", name,
			   "size_from", json_number_of(old, "size"),
			   "size_to", json_number_of(new, "size"),
			   "new", members_beyond(b, a),
			   "gone", members_beyond(a, b),
			   "changed", redeclared(a, b, &moved));
	json_object_set_new(change, "moved", json_integer(moved));
	json_array_append_new(json_object_get(changes, "structures"), change);
}

static void compare_structures(json_t *changes, const json_t *from,
			       const json_t *to)
{
	const json_t *all = json_object_get(to, "structures"), *new;
	json_t *old;
	const char *name;

	json_object_foreach(json_object_get(from, "structures"), name, old) {
		new = json_object_get(all, name);
		if (new)
			compare_structure(changes, name, old, new);
	}
}

static const char *const kinds[] = {
	"broken", "gone", "moved", "externals", "structures",
};

json_t *drift_compare(const json_t *from, const json_t *to)
{
	json_t *changes = json_pack("{s:s, s:s, s:s, s:s}",
		"from", json_text_of(from, "name"), "to",
		json_text_of(to, "name"), "from_package",
		json_text_of(from, "package"), "to_package",
		json_text_of(to, "package"));
	size_t i;

	sim_assert(changes);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		json_object_set_new(changes, kinds[i], json_array());
	compare_files(changes, from, to, "files");
	compare_files(changes, from, to, "runtime");
	note_missing(changes, from, to);
	compare_structures(changes, from, to);
	return changes;
}

bool drift_is_any(const json_t *changes)
{
	const json_t *programs = json_object_get(changes, "programs");
	const json_t *program;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (json_array_size(json_object_get(changes, kinds[i])))
			return true;
	json_array_foreach(programs, i, program)
		if (!json_is_true(json_object_get(program, "expected")))
			return true;
	return false;
}
