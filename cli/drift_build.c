/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * drift_build.c - compiles every unmodified file and our runtime
 *
 * For each tree CMake leaves the flags of kernel-side code in
 * build/asan/drift/TREE.flags, one a line, and the files of the runtime in
 * build/asan/drift/runtime. Here everything is compiled without sanitizers, so
 * that an external is one of the file's own; ninja does it in parallel and again
 * only where something has changed. A file that does not compile leaves a log.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drift.h"
#include "options.h"

/* -- trees -- */

static void note_tree(struct drift *drift, const char *line)
{
	struct drift_tree *tree = &drift->trees[drift->nr_trees];
	char path[CLI_PATH];

	if (drift->nr_trees == DRIFT_TREES ||
	    sscanf(line, "set(VTB_TREE_DIR_%63s \"%4000[^\"]", tree->name,
		   tree->dir) != 2 || !strcmp(tree->name, "base"))
		return;
	tree->facts = json_load_file(cli_path(path, "%s/tree.json", tree->dir),
				     0, NULL);
	if (!tree->facts)
		tree->facts = json_object();
	json_object_set_new(tree->facts, "name", json_string(tree->name));
	json_object_set_new(tree->facts, "files", json_object());
	json_object_set_new(tree->facts, "runtime", json_object());
	json_object_set_new(tree->facts, "defined", json_object());
	json_object_set_new(tree->facts, "structures", json_object());
	drift->nr_trees++;
}

int drift_trees(struct drift *drift)
{
	char path[CLI_PATH], line[CLI_PATH];
	FILE *file = fopen(cli_path(path, "%s/build/trees.cmake", cli_root()),
			   "r");

	while (file && fgets(line, sizeof(line), file))
		note_tree(drift, line);
	if (file)
		fclose(file);
	if (drift->nr_trees)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: drift: %s names no kernel tree; setup/trees "
		"prepares them\n", path);
	return VTB_EXIT_BENCH;
}

/* -- what is compiled -- */

/* Without spaces and colons, as setup/ sees to; '$' is ninja's. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '$' || *text == ' ' || *text == ':')
			putc('$', out);
		putc(*text, out);
	}
}

/* A word of the shell that ninja starts. */
static void put_flag(FILE *out, const char *flag)
{
	fputs(" '", out);
	for (; *flag; flag++) {
		if (*flag == '$')
			putc('$', out);
		putc(*flag, out);
	}
	putc('\'', out);
}

static bool put_flags(FILE *out, const struct drift_tree *tree)
{
	char path[CLI_PATH], line[CLI_PATH];
	FILE *flags;

	cli_path(path, "%s/build/asan/drift/%s.flags", cli_root(), tree->name);
	flags = fopen(path, "r");
	if (!flags) {
		fprintf(stderr, "vtb: drift: %s: %s\n", path, strerror(errno));
		return false;
	}
	fprintf(out, "flags_%s =", tree->name);
	while (fgets(line, sizeof(line), flags)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line)
			put_flag(out, line);
	}
	fputc('\n', out);
	fclose(flags);
	return true;
}

/* One object; @key names it in the facts and in the folder of objects. */
static void put_object(FILE *out, const struct drift_tree *tree,
		       const char *key, const char *source, const char *options)
{
	const char *base = strrchr(source, '/') + 1;
	char name[128], *at, words[512], *word, *rest = words;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
	for (at = name; (at = strchr(at, '-')); )
		*at = '_';
	fprintf(out, "build %s/%s.o: cc ", tree->name, key);
	put_escaped(out, source);
	fprintf(out, "\n  tree = ${flags_%s}\n  own = '-DKBUILD_MODNAME=\"%s\"' "
		"'-DKBUILD_BASENAME=\"%s\"' '-DKBUILD_MODFILE=\"%s\"' "
		"'-D__KBUILD_MODNAME=kmod_%s'", tree->name, name, name, name,
		name);
	snprintf(words, sizeof(words), "%s", options);
	while ((word = strsep(&rest, ",")))
		if (strchr(word, '='))
			fprintf(out, " '-D%s'", word);
	fputc('\n', out);
}

static json_t *new_file(const char *path)
{
	return json_pack("{s:s, s:b, s:s}", "file", path, "builds", 0, "error",
			 "");
}

static void add_upstream(FILE *out, struct drift_tree *tree,
			 const char *component, const char *options,
			 const char *path)
{
	json_t *files = json_object_get(tree->facts, "files"), *file;
	char key[512], source[CLI_PATH];

	snprintf(key, sizeof(key), "%s/%s", component, strrchr(path, '/') + 1);
	cli_path(source, "%s/src/%s", tree->dir, path);
	file = new_file(path);
	json_object_set_new(files, key, file);
	if (cli_exists(source)) {
		put_object(out, tree, key, source, options);
		return;
	}
	json_object_set_new(file, "error",
			    json_string("the tree has no such file"));
}

/* Is the row about this tree? A user's takes the first whose file it has. */
static bool is_for(const struct drift_tree *tree, const char *component,
		   const char *implementation, const char *first)
{
	char prefix[80], path[CLI_PATH];
	const json_t *files = json_object_get(tree->facts, "files");
	const char *key;
	json_t *value;

	if (strcmp(tree->name, "user"))
		return !strcmp(implementation, tree->name);
	snprintf(prefix, sizeof(prefix), "%s/", component);
	json_object_foreach((json_t *)(uintptr_t)files, key, value)
		if (!strncmp(key, prefix, strlen(prefix)))
			return false;
	return strcmp(implementation, "own") &&
	       cli_exists(cli_path(path, "%s/src/%s", tree->dir, first));
}

static void add_row(struct drift *drift, FILE *out, char *row)
{
	char *save, *component = strtok_r(row, " \t\n", &save), *path;
	char *implementation = strtok_r(NULL, " \t\n", &save);
	char *options = strtok_r(NULL, " \t\n", &save);
	char *first = strtok_r(NULL, " \t\n", &save);
	bool taken[DRIFT_TREES];
	size_t i;

	if (!first || !cli_in_list(drift->only, component))
		return;
	for (i = 0; i < drift->nr_trees; i++)
		taken[i] = is_for(&drift->trees[i], component, implementation,
				  first);
	for (path = first; path; path = strtok_r(NULL, " \t\n", &save))
		for (i = 0; i < drift->nr_trees; i++)
			if (taken[i])
				add_upstream(out, &drift->trees[i], component,
					     options, path);
}

static int add_rows(struct drift *drift, FILE *out)
{
	char path[CLI_PATH], row[8192];
	FILE *rows;

	cli_path(path, "%s/components/implementations.def", cli_root());
	rows = fopen(path, "r");
	if (!rows) {
		fprintf(stderr, "vtb: drift: %s: %s\n", path, strerror(errno));
		return VTB_EXIT_BENCH;
	}
	while (fgets(row, sizeof(row), rows))
		if (row[0] >= 'a' && row[0] <= 'z')
			add_row(drift, out, row);
	fclose(rows);
	return VTB_EXIT_CLEAN;
}

/* The simulated kernel, which must go with the headers of each tree. */
static void add_runtime(struct drift *drift, FILE *out)
{
	char path[CLI_PATH], line[CLI_PATH], key[CLI_PATH];
	FILE *list = fopen(cli_path(path, "%s/build/asan/drift/runtime",
				    cli_root()), "r");
	const char *below;
	size_t i;

	while (list && fgets(line, sizeof(line), list)) {
		line[strcspn(line, "\n")] = '\0';
		below = strstr(line, "/kernel/linux/");
		if (!below)
			continue;
		for (i = 0; i < drift->nr_trees; i++) {
			cli_path(key, "runtime%s", below);
			put_object(out, &drift->trees[i], key, line, "-");
			json_object_set_new(json_object_get(
				drift->trees[i].facts, "runtime"), below + 1,
				new_file(below + 1));
		}
	}
	if (list)
		fclose(list);
}

static int write_ninja(struct drift *drift)
{
	char path[CLI_PATH];
	FILE *out = fopen(cli_path(path, "%s/build.ninja", drift->work), "w");
	int code = VTB_EXIT_CLEAN;
	size_t i;

	if (!out) {
		fprintf(stderr, "vtb: cannot write %s: %s\n", path,
			strerror(errno));
		return VTB_EXIT_BENCH;
	}
	/* ccache is of use to who has it, as everywhere. */
	fputs("rule cc\n  command = rm -f $out; $$(command -v ccache) clang $tree $own -MMD "
	      "-MF $out.d -c $in -o $out >$out.log 2>&1\n"
	      "  depfile = $out.d\n  description = $out\n", out);
	for (i = 0; i < drift->nr_trees && !code; i++)
		if (!put_flags(out, &drift->trees[i]))
			code = VTB_EXIT_BENCH;
	if (!code)
		code = add_rows(drift, out);
	if (!code)
		add_runtime(drift, out);
	if (fclose(out) && !code)
		code = VTB_EXIT_BENCH;
	return code;
}

/* -- what came of it -- */

/* As the tree or the project names the file. */
static const char *short_line(const struct drift_tree *tree, const char *line)
{
	size_t n = strlen(tree->dir), m = strlen(cli_root());

	if (!strncmp(line, tree->dir, n) && !strncmp(line + n, "/src/", 5))
		return line + n + 5;
	return !strncmp(line, cli_root(), m) && line[m] == '/' ? line + m + 1 :
								 line;
}

/* The line of the compiler that says it. */
static json_t *first_error(const struct drift_tree *tree, const char *log)
{
	FILE *file = fopen(log, "r");
	char line[1024] = "";
	const char *text;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "error:"))
			break;
	if (file)
		fclose(file);
	text = short_line(tree, line);
	return json_stringn(text, strcspn(text, "\n"));
}

/* "NAME U" or "NAME T ADDRESS SIZE": what the file wants, and what it has. */
static void note_symbol(json_t *externals, json_t *defined, const char *line)
{
	size_t length = strcspn(line, " \n");
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)length, line);
	if (line[length] != ' ')
		return;
	if (line[length + 1] == 'U' && externals)
		json_array_append_new(externals, json_string(name));
	else if (strchr("TDBRVW", line[length + 1]))
		json_object_set_new(defined, name, json_true());
}

static void read_symbols(const char *object, json_t *externals, json_t *defined)
{
	const char *const argv[] = { "nm", "-P", object, NULL };
	const char *line;
	char *text;
	int code;

	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		note_symbol(externals, defined, line);
	}
	free(text);
}

static void judge(const struct drift *drift, struct drift_tree *tree,
		  const char *key, json_t *file)
{
	char object[CLI_PATH], log[CLI_PATH + 8];
	json_t *externals = json_array();

	cli_path(object, "%s/%s/%s.o", drift->work, tree->name, key);
	snprintf(log, sizeof(log), "%s.log", object);
	json_object_set_new(file, "externals", externals);
	if (cli_exists(object) && !*json_text_of(file, "error")) {
		json_object_set_new(file, "builds", json_true());
		read_symbols(object, externals,
			     json_object_get(tree->facts, "defined"));
	} else if (!*json_text_of(file, "error")) {
		json_object_set_new(file, "error", first_error(tree, log));
	}
}

/* "function NAME users" a line: what has a stub that ends the run. */
static void drop_unmodelled(json_t *defined, const struct cli_executable *exe)
{
	char path[CLI_PATH], line[512], name[256];
	FILE *file;

	cli_path(path, "%s/build/asan/unmodelled/%s.%s.txt", cli_root(),
		 exe->target, exe->implementation);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %255s", name) == 1)
			json_object_del(defined, name);
	if (file)
		fclose(file);
}

/*
 * What own components have that stand beside a file in an executable: they are
 * compiled for its tree, and so are seen where it was built.
 */
static void add_partners(json_t *everywhere)
{
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i;
	json_t *defined;

	for (i = 0; i < nr; i++) {
		defined = json_object();
		read_symbols(list[i].path, NULL, defined);
		drop_unmodelled(defined, &list[i]);
		json_object_update(everywhere, defined);
		json_decref(defined);
	}
	free(list);
}

/* Of what is defined, facts keep what a file wants. */
static void keep_wanted(struct drift_tree *tree, const json_t *everywhere)
{
	const json_t *files = json_object_get(tree->facts, "files");
	const json_t *defined = json_object_get(tree->facts, "defined");
	json_t *kept = json_object(), *file, *name;
	const char *key, *text;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)files, key, file) {
		json_array_foreach(json_object_get(file, "externals"), i, name) {
			text = json_string_value(name);
			if (json_object_get(defined, text) ||
			    json_object_get(everywhere, text))
				json_object_set_new(kept, text, json_true());
		}
	}
	json_object_set_new(tree->facts, "defined", kept);
}

static void collect(const struct drift *drift, struct drift_tree *tree)
{
	char below[CLI_PATH];
	const char *key;
	json_t *file;

	json_object_foreach(json_object_get(tree->facts, "files"), key, file)
		judge(drift, tree, key, file);
	json_object_foreach(json_object_get(tree->facts, "runtime"), key, file) {
		judge(drift, tree, cli_path(below, "runtime/%s", key), file);
		json_object_del(file, "externals");
	}
}

int drift_build(struct drift *drift)
{
	char jobs[24], log[CLI_PATH];
	const char *const argv[] = {
		"ninja", "-C", drift->work, "-k", "0", "-j", jobs, NULL,
	};
	int code = write_ninja(drift);
	json_t *partners;
	size_t i;

	if (code)
		return code;
	fprintf(stderr, "vtb: drift: compiling for %zu trees\n",
		drift->nr_trees);
	snprintf(jobs, sizeof(jobs), "%llu", (unsigned long long)drift->jobs);
	code = cli_run(&(struct cli_process){
		.argv = argv, .out = cli_path(log, "%s/log", drift->work),
		.err = log,
	});
	if (code < 0 || code >= 127) {
		fprintf(stderr, "vtb: drift: ninja cannot be run (%d)\n", code);
		return VTB_EXIT_BENCH;
	}
	partners = json_object();
	add_partners(partners);
	for (i = 0; i < drift->nr_trees; i++) {
		collect(drift, &drift->trees[i]);
		keep_wanted(&drift->trees[i], partners);
	}
	json_decref(partners);
	return VTB_EXIT_CLEAN;
}
