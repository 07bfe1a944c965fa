/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_structures.c - structures that our own code uses
 *
 * pahole says what the debug data of our runtime's objects have, numbers in
 * comments:
 *
 *	struct device {
 *		struct kobject             kobj;            offset 0, 128 bytes
 *
 *		size: 1000, cachelines: 16, members: 40
 *	};
 *
 * Only structures count that the text of our kernel-side code names: headers
 * bring hundreds of others.
 */
#include <stdlib.h>
#include <string.h>

#include "drift.h"

/* -- which ones our code names -- */

static void note_names(json_t *names, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[1024], name[128];
	const char *at;

	while (file && fgets(line, sizeof(line), file)) {
		for (at = line; (at = strstr(at, "struct ")); at += 7)
			if (sscanf(at + 7, "%127[A-Za-z0-9_]", name) == 1)
				json_object_set_new(names, name, json_true());
	}
	if (file)
		fclose(file);
}

static void note_folder(json_t *names, const char *folder)
{
	const char *inputs[] = { folder, NULL };
	char **files;
	size_t nr, i, n;

	nr = cli_cover_inputs(inputs, &files);
	for (i = 0; i < nr; i++) {
		n = strlen(files[i]);
		if (n > 2 && (!strcmp(files[i] + n - 2, ".c") ||
			      !strcmp(files[i] + n - 2, ".h")))
			note_names(names, files[i]);
	}
	cli_free_names(files, nr);
}

/* -- what pahole says -- */

/* The last word of a declaration: "unsigned int flags:3" is "flags". */
static void name_of(const char *declaration, char name[128])
{
	const char *end = declaration + strcspn(declaration, ":[;("), *start;

	/* "void (*release)(struct device *)" has it in its first brackets. */
	if (*end == '(' && end[1] == '*') {
		start = end + 2;
		snprintf(name, 128, "%.*s", (int)strcspn(start, ")"), start);
		return;
	}
	while (end > declaration && strchr(" \t*", end[-1]))
		end--;
	for (start = end; start > declaration && !strchr(" \t*}", start[-1]);
	     start--)
		;
	snprintf(name, 128, "%.*s", (int)(end - start), start);
}

/* Blanks as they come, one for many. */
static void tidy(const char *from, size_t length, char *to, size_t size)
{
	size_t n = 0, i;

	for (i = 0; i < length && n + 1 < size; i++) {
		bool blank = from[i] == ' ' || from[i] == '\t';

		if (blank && (!n || to[n - 1] == ' '))
			continue;
		to[n++] = blank ? ' ' : from[i];
	}
	while (n && to[n - 1] == ' ')
		n--;
	to[n] = '\0';
}

/* "TYPE NAME;   (offset size)": false if the line is no member. */
static bool add_member(json_t *members, const char *line)
{
	const char *end = strrchr(line, ';'), *note = strstr(line, "/* ");
	const char *attribute;
	char declaration[512], name[128];
	unsigned int offset, bytes;

	if (!end || !note || note < end ||
	    (sscanf(note, "/* %u %u */", &offset, &bytes) != 2 &&
	     sscanf(note, "/* %u: %*u %u */", &offset, &bytes) != 2))
		return false;
	/* Where the compiler aligned it is seen by its offset. */
	attribute = strstr(line, " __attribute__");
	if (attribute && attribute < end)
		end = attribute;
	tidy(line, (size_t)(end - line), declaration, sizeof(declaration));
	name_of(declaration, name);
	if (!name[0] || json_object_get(members, name))
		return true;
	json_object_set_new(members, name, json_pack("{s:s, s:i, s:i}", "is",
		declaration, "at", (int)offset, "bytes", (int)bytes));
	return true;
}

static void add_structures(json_t *all, const json_t *names, const char *text)
{
	json_t *structure = NULL;
	char name[128], line[1024];
	unsigned int size;
	const char *at;

	for (at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (sscanf(line, "struct %127[A-Za-z0-9_] {", name) == 1 &&
		    strchr(line, '{')) {
			structure = NULL;
			if (json_object_get(names, name) &&
			    !json_object_get(all, name)) {
				structure = json_pack("{s:i, s:{}}", "size", 0,
						      "members");
				json_object_set_new(all, name, structure);
			}
		} else if (structure && sscanf(line, " /* size: %u,", &size) == 1) {
			json_object_set_new(structure, "size",
					    json_integer(size));
		} else if (structure) {
			add_member(json_object_get(structure, "members"), line);
		}
		if (line[0] == '}')
			structure = NULL;
	}
}

/* One pahole for all objects of a tree. False: there is none. */
static bool ask_pahole(const struct drift *drift, struct drift_tree *tree,
		       const json_t *names)
{
	json_t *runtime = json_object_get(tree->facts, "runtime"), *file;
	char object[CLI_PATH], *text;
	const char **argv, *key;
	int code = 0;
	size_t n = 0, i;

	argv = calloc(json_object_size(runtime) + 2, sizeof(*argv));
	sim_assert(argv);
	argv[n++] = "pahole";
	json_object_foreach(runtime, key, file) {
		if (!json_is_true(json_object_get(file, "builds")))
			continue;
		cli_path(object, "%s/%s/runtime/%s.o", drift->work, tree->name,
			 key);
		argv[n] = strdup(object);
		sim_assert(argv[n]);
		n++;
	}
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	if (text)
		add_structures(json_object_get(tree->facts, "structures"), names,
			       text);
	free(text);
	for (i = 1; i < n; i++)
		free((char *)(uintptr_t)argv[i]);
	free(argv);
	return code != 127;
}

void drift_structures(struct drift *drift)
{
	json_t *names = json_object();
	char folder[CLI_PATH];
	size_t i;

	note_folder(names, cli_path(folder, "%s/kernel/linux", cli_root()));
	note_folder(names, cli_path(folder, "%s/components", cli_root()));
	for (i = 0; i < drift->nr_trees; i++) {
		if (ask_pahole(drift, &drift->trees[i], names))
			continue;
		json_array_append_new(drift->warnings, json_string(
			"structures are not compared: apt-get install pahole"));
		break;
	}
	json_decref(names);
}
