// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover_diff.c - which changed lines of a git work tree a replay has reached
 *
 *    git diff -U0 REV       --> lines that are new or changed
 *    lcov tracefiles        --> lines that hold code, and how often they ran
 *
 * The tracefiles name files by the path the compiler saw. That is a path below
 * the project, or, for a kernel tree, below the copy that setup/prepare-tree
 * keeps of it in the cache; the rest of the path is the same in the repository.
 *
 * Whether a target has code of a file is read off the tracefiles as well: each
 * file that was compiled with instrumentation has a section there, headers with
 * inline functions too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cover_diff.h"

#define MAX_TEXT	8192

enum line_state {
	LINE_NOT_CODE,
	LINE_UNREACHED,
	LINE_REACHED,
	NR_LINE_STATES,
};

static const char *const state_names[] = {
	[LINE_NOT_CODE] = "not_code",
	[LINE_UNREACHED] = "unreached",
	[LINE_REACHED] = "reached",
};

struct changed_line {
	unsigned int nr;
	enum line_state state;
};

struct changed_file {
	char *path;			/* in the repository */
	struct changed_line *lines;	/* in ascending order */
	size_t nr_lines;
	bool compiled;			/* some target has code of it */
};

struct cover_diff {
	char *repository;
	char *rev;
	struct changed_file *files;
	size_t nr_files;
};

/* ---- where -------------------------------------------------------------- */

/* The folder of the tree `user`, as setup/trees wrote it down. */
static bool user_tree(char sources[CLI_PATH])
{
	char path[CLI_PATH], line[MAX_TEXT], dir[MAX_TEXT];
	bool found = false;
	FILE *trees;

	trees = fopen(cli_path(path, "%s/build/trees.cmake", cli_root()), "r");
	while (trees && !found && fgets(line, sizeof(line), trees))
		found = sscanf(line, "set(VTB_TREE_DIR_user \"%[^\"]\"",
			       dir) == 1;
	if (trees)
		fclose(trees);
	if (found)
		cli_path(sources, "%s/src", dir);
	return found;
}

const char *cover_diff_kernel(void)
{
	const char *kernel = getenv("VTB_KERNEL");

	return kernel && *kernel ? kernel : NULL;
}

int cover_diff_place(struct cover_diff_options *options)
{
	static char sources[CLI_PATH];
	const char *kernel = cover_diff_kernel();

	if (!kernel) {
		options->repository = cli_root();
		options->sources = cli_root();
		return VTB_EXIT_CLEAN;
	}
	if (!user_tree(sources)) {
		fprintf(stderr, "vtb: the kernel tree %s is not prepared; "
			"./vtb --kernel %s does that\n", kernel, kernel);
		return VTB_EXIT_BENCH;
	}
	options->repository = kernel;
	options->sources = sources;
	return VTB_EXIT_CLEAN;
}

/* ---- what has changed --------------------------------------------------- */

static struct changed_file *add_file(struct cover_diff *diff, const char *path)
{
	struct changed_file *more;

	more = realloc(diff->files, (diff->nr_files + 1) * sizeof(*more));
	sim_assert(more);
	diff->files = more;
	more += diff->nr_files++;
	*more = (struct changed_file){ .path = strdup(path) };
	sim_assert(more->path);
	return more;
}

static void add_lines(struct changed_file *file, unsigned int first,
		      unsigned int nr)
{
	struct changed_line *more;

	more = realloc(file->lines,
		       (file->nr_lines + nr + 1) * sizeof(*more));
	sim_assert(more);
	file->lines = more;
	while (nr--)
		more[file->nr_lines++] = (struct changed_line){ .nr = first++ };
}

/* The next line of @text, without its end; NULL behind the last. */
static char *next_line(char **text)
{
	char *line = *text;

	if (!*line)
		return NULL;
	*text += strcspn(line, "\n");
	if (**text)
		*(*text)++ = '\0';
	return line;
}

/* "@@ -12,0 +13,2 @@": a count that is not there is 1. */
static bool parse_hunk(const char *line, unsigned int *removed,
		       unsigned int *first, unsigned int *added)
{
	*removed = 1;
	*added = 1;
	if (sscanf(line, "@@ -%*u,%u +%u,%u @@", removed, first, added) == 3 ||
	    sscanf(line, "@@ -%*u,%u +%u @@", removed, first) == 2)
		return true;
	*removed = 1;
	return sscanf(line, "@@ -%*u +%u,%u @@", first, added) >= 1;
}

/*
 * The output of git diff -U0. The text of a hunk is skipped by its counts, for
 * it may look like anything. A file that is gone has no lines to reach.
 */
static void parse_diff(struct cover_diff *diff, char *text)
{
	struct changed_file *file = NULL;
	unsigned int removed, first, added;
	char *line;

	while ((line = next_line(&text))) {
		if (!strncmp(line, "+++ ", 4)) {
			/* A tab ends a name with blanks in it. */
			line[strcspn(line, "\t")] = '\0';
			file = strncmp(line + 4, "b/", 2) ? NULL :
				add_file(diff, line + 6);
		} else if (parse_hunk(line, &removed, &first, &added)) {
			if (file)
				add_lines(file, first, added);
			for (added += removed; added && *text; added--)
				next_line(&text);
		}
	}
}

static unsigned int count_lines(const char *path)
{
	FILE *file = fopen(path, "r");
	unsigned int nr = 0;
	int c, last = '\n';

	while (file && (c = getc(file)) != EOF) {
		nr += c == '\n';
		last = c;
	}
	if (file)
		fclose(file);
	return nr + (last != '\n');
}

/* Files that git does not know yet: everything in them is new. */
static void parse_untracked(struct cover_diff *diff, char *text)
{
	char path[CLI_PATH], *name;

	while ((name = next_line(&text))) {
		cli_path(path, "%s/%s", diff->repository, name);
		add_lines(add_file(diff, name), 1, count_lines(path));
	}
}

/* Output of git in the repository; NULL if it fails. */
static char *git(const char *repository, const char *const *words)
{
	const char *argv[20] = {
		"git", "-C", repository, "-c", "core.quotePath=false",
	};
	size_t nr = 5;
	char *text;
	int code;

	while (*words)
		argv[nr++] = *words++;
	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	if (text && code) {
		free(text);
		return NULL;
	}
	return text;
}

static bool git_knows(const char *repository, const char *rev)
{
	char commit[CLI_PATH];
	const char *const words[] = {
		"rev-parse", "--verify", "--quiet",
		cli_path(commit, "%s^{commit}", rev), NULL,
	};
	char *text = git(repository, words);
	bool known = text != NULL;

	free(text);
	return known;
}

int cover_diff_check(const struct cover_diff_options *options)
{
	if (git_knows(options->repository, options->rev))
		return VTB_EXIT_CLEAN;
	if (git_knows(options->repository, "HEAD"))
		fprintf(stderr, "vtb: no revision '%s' in %s\n", options->rev,
			options->repository);
	else
		fprintf(stderr, "vtb: %s is no git repository with a commit\n",
			options->repository);
	return VTB_EXIT_USAGE;
}

static int by_path(const void *a, const void *b)
{
	const struct changed_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int read_changes(struct cover_diff *diff)
{
	const char *const changed[] = {
		"diff", "--relative", "--no-color", "--no-ext-diff",
		"--no-renames", "--src-prefix=a/", "--dst-prefix=b/", "-U0",
		diff->rev, "--", ".", NULL,
	};
	static const char *const untracked[] = {
		"ls-files", "--others", "--exclude-standard", NULL,
	};
	char *text;

	text = git(diff->repository, changed);
	if (!text)
		goto err;
	parse_diff(diff, text);
	free(text);
	text = git(diff->repository, untracked);
	if (!text)
		goto err;
	parse_untracked(diff, text);
	free(text);
	if (diff->nr_files)
		qsort(diff->files, diff->nr_files, sizeof(*diff->files),
		      by_path);
	return VTB_EXIT_CLEAN;
err:
	fprintf(stderr, "vtb: git diff failed in %s\n", diff->repository);
	return VTB_EXIT_BENCH;
}

/* ---- what has been reached ---------------------------------------------- */

static struct changed_file *find_file(struct cover_diff *diff,
				      const char *sources, const char *given)
{
	size_t len = strlen(sources), i;
	char path[CLI_PATH];

	cli_real_path(path, given);
	if (strncmp(path, sources, len) || path[len] != '/')
		return NULL;
	for (i = 0; i < diff->nr_files; i++)
		if (!strcmp(diff->files[i].path, path + len + 1))
			return &diff->files[i];
	return NULL;
}

static int by_number(const void *key, const void *element)
{
	unsigned int nr = *(const unsigned int *)key;
	const struct changed_line *line = element;

	return nr < line->nr ? -1 : nr > line->nr;
}

/* DA:line,count. Several targets may have the file: one of them will do. */
static void take_count(struct changed_file *file, const char *record)
{
	unsigned int nr = (unsigned int)strtoul(record, NULL, 10);
	const char *comma = strchr(record, ',');
	struct changed_line *line = NULL;
	enum line_state state;

	if (file->nr_lines)
		line = bsearch(&nr, file->lines, file->nr_lines, sizeof(*line),
			       by_number);
	if (!line || !comma)
		return;
	state = strtoull(comma + 1, NULL, 10) ? LINE_REACHED : LINE_UNREACHED;
	if (line->state < state)
		line->state = state;
}

static int take_tracefile(struct cover_diff *diff, const char *sources,
			  const char *path)
{
	struct changed_file *file = NULL;
	char line[MAX_TEXT];
	FILE *trace = fopen(path, "r");

	if (!trace) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(errno));
		return VTB_EXIT_BENCH;
	}
	while (fgets(line, sizeof(line), trace)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "SF:", 3)) {
			file = find_file(diff, sources, line + 3);
			if (file)
				file->compiled = true;
		} else if (file && !strncmp(line, "DA:", 3)) {
			take_count(file, line + 3);
		}
	}
	fclose(trace);
	return VTB_EXIT_CLEAN;
}

int cover_diff_read(const struct cover_diff_options *options,
		    struct cover_diff **result)
{
	struct cover_diff *diff = calloc(1, sizeof(*diff));
	const char *const *path;
	char sources[CLI_PATH];
	int code;

	*result = NULL;
	sim_assert(diff);
	diff->repository = strdup(options->repository);
	diff->rev = strdup(options->rev);
	sim_assert(diff->repository && diff->rev);
	code = cover_diff_check(options);
	if (!code)
		code = read_changes(diff);
	for (path = options->tracefiles; !code && *path; path++)
		code = take_tracefile(diff,
				      cli_real_path(sources, options->sources),
				      *path);
	if (code)
		cover_diff_free(diff);
	else
		*result = diff;
	return code;
}

void cover_diff_free(struct cover_diff *diff)
{
	size_t i;

	if (!diff)
		return;
	for (i = 0; i < diff->nr_files; i++) {
		free(diff->files[i].path);
		free(diff->files[i].lines);
	}
	free(diff->files);
	free(diff->repository);
	free(diff->rev);
	free(diff);
}

/* ---- what to say about it ----------------------------------------------- */

/* Files that a compiler might have read: it says something if none did. */
static bool is_source(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".c") || !strcmp(dot, ".h") ||
		       !strcmp(dot, ".S") || !strcmp(dot, ".rs"));
}

static size_t count_state(const struct changed_file *file,
			  enum line_state state)
{
	size_t nr = 0, i;

	for (i = 0; i < file->nr_lines; i++)
		nr += file->lines[i].state == state;
	return nr;
}

static size_t count_all(const struct cover_diff *diff, enum line_state state)
{
	size_t nr = 0, i;

	for (i = 0; i < diff->nr_files; i++)
		if (diff->files[i].compiled)
			nr += count_state(&diff->files[i], state);
	return nr;
}

static void print_row(FILE *to, const char *name, size_t reached,
		      size_t unreached, size_t not_code)
{
	fprintf(to, "%-48s %8zu %10zu %9zu\n", name, reached, unreached,
		not_code);
}

static void print_table(FILE *to, const struct cover_diff *diff)
{
	size_t i;

	fprintf(to, "lines changed since %-28s %8s %10s %9s\n", diff->rev,
		"reached", "unreached", "not code");
	for (i = 0; i < diff->nr_files; i++) {
		const struct changed_file *file = &diff->files[i];

		if (file->compiled)
			print_row(to, file->path,
				  count_state(file, LINE_REACHED),
				  count_state(file, LINE_UNREACHED),
				  count_state(file, LINE_NOT_CODE));
	}
	print_row(to, "all", count_all(diff, LINE_REACHED),
		  count_all(diff, LINE_UNREACHED),
		  count_all(diff, LINE_NOT_CODE));
}

/* "path:12: the text of the line", as far as it can be read. */
static void print_lines(FILE *to, const struct cover_diff *diff,
			const struct changed_file *file)
{
	char path[CLI_PATH], *text = NULL;
	unsigned int nr = 0;
	size_t i, size = 0;
	FILE *source;

	source = fopen(cli_path(path, "%s/%s", diff->repository, file->path),
		       "r");
	for (i = 0; source && i < file->nr_lines; i++) {
		if (file->lines[i].state != LINE_UNREACHED)
			continue;
		while (nr < file->lines[i].nr &&
		       getline(&text, &size, source) > 0)
			nr++;
		if (nr != file->lines[i].nr)
			break;
		text[strcspn(text, "\n")] = '\0';
		fprintf(to, "unreached %s:%u: %s\n", file->path, nr,
			text + strspn(text, " \t"));
	}
	free(text);
	if (source)
		fclose(source);
}

void cover_diff_print(FILE *to, const struct cover_diff *diff)
{
	size_t i;

	if (!diff->nr_files) {
		fprintf(to, "nothing has changed since %s in %s\n", diff->rev,
			diff->repository);
		return;
	}
	print_table(to, diff);
	for (i = 0; i < diff->nr_files; i++)
		if (diff->files[i].compiled)
			print_lines(to, diff, &diff->files[i]);
	for (i = 0; i < diff->nr_files; i++)
		if (!diff->files[i].compiled)
			fprintf(to, "%s %s\n",
				is_source(diff->files[i].path) ?
				"no target covers" : "not code:",
				diff->files[i].path);
}

static json_t *json_lines(const struct changed_file *file,
			  enum line_state state)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < file->nr_lines; i++)
		if (file->lines[i].state == state)
			json_array_append_new(list,
					      json_integer(file->lines[i].nr));
	return list;
}

static json_t *json_file(const struct changed_file *file)
{
	json_t *object = json_pack("{s:s, s:b, s:b}", "path", file->path,
				   "covered", file->compiled, "source",
				   is_source(file->path));
	enum line_state state;

	for (state = 0; file->compiled && state < NR_LINE_STATES; state++)
		json_object_set_new(object, state_names[state],
				    json_lines(file, state));
	return object;
}

json_t *cover_diff_json(const struct cover_diff *diff)
{
	json_t *files = json_array();
	size_t i;

	for (i = 0; i < diff->nr_files; i++)
		json_array_append_new(files, json_file(&diff->files[i]));
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}",
			 "repository", diff->repository, "rev", diff->rev,
			 "reached", (json_int_t)count_all(diff, LINE_REACHED),
			 "unreached",
			 (json_int_t)count_all(diff, LINE_UNREACHED),
			 "not_code",
			 (json_int_t)count_all(diff, LINE_NOT_CODE),
			 "files", files);
}
