/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * canary.c - metadata of canaries: canaries/ID/metadata
 *
 * Lines of "key: value"; a line that begins with a tab goes on with the value
 * before it; '#' begins a comment line. Nothing is guessed: an unknown, missing
 * or repeated key is an error, and so is a file that is named and not there.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "canary.h"
#include "suggest.h"

static const char *const key_names[CANARY_KEYS] = {
	[CANARY_ID] = "id",
	[CANARY_TARGET] = "target",
	[CANARY_FILE] = "file",
	[CANARY_FLAVOUR] = "flavour",
	[CANARY_CLASS] = "class",
	[CANARY_REFERENCE] = "reference",
	[CANARY_FAULT] = "fault",
	[CANARY_TRIGGER] = "trigger",
	[CANARY_CAPABILITIES] = "capabilities",
	[CANARY_IMPLEMENTATION] = "implementation",
	[CANARY_NEAR_MISS] = "near-miss",
	[CANARY_EXPECT] = "expect",
};

struct reader {
	struct canary *canary;
	const char *id;			/* the folder's name */
	char file[CLI_PATH];		/* as messages name it */
	unsigned int line;
	unsigned int key_line[CANARY_KEYS];
	int key;			/* of the value being read, or -1 */
};

/* Prints what is wrong; returns VTB_EXIT_USAGE. */
static int __attribute__((format(printf, 3, 4)))
fail(const struct reader *r, unsigned int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "vtb: %s:%u: ", r->file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	return VTB_EXIT_USAGE;
}

static void append(char **value, const char *separator, const char *text)
{
	char *joined;

	if (asprintf(&joined, "%s%s%s", *value ? *value : "",
		     *value ? separator : "", text) < 0)
		sim_bench_error(__FILE__, __LINE__, "out of memory");
	free(*value);
	*value = joined;
}

static int find_key(const char *line, size_t length)
{
	int key;

	for (key = 0; key < CANARY_KEYS; key++)
		if (strlen(key_names[key]) == length &&
		    !memcmp(key_names[key], line, length))
			return key;
	return -1;
}

static bool may_repeat(int key)
{
	return key == CANARY_NEAR_MISS || key == CANARY_EXPECT;
}

static bool may_be_missing(int key)
{
	return key == CANARY_NEAR_MISS || key == CANARY_IMPLEMENTATION;
}

static int read_line(struct reader *r, char *line)
{
	char *colon = strstr(line, ": ");

	if (line[0] == '#' || !line[0])
		return 0;
	if (line[0] == '\t') {
		if (r->key < 0)
			return fail(r, r->line, "expected 'key: value', "
				    "not a continued line");
		append(&r->canary->value[r->key], " ", line + 1);
		return 0;
	}
	if (!colon || !colon[2])
		return fail(r, r->line, "expected 'key: value', not '%s'", line);
	r->key = find_key(line, (size_t)(colon - line));
	if (r->key < 0)
		return fail(r, r->line, "unknown key '%.*s'; see docs/canaries.md",
			    (int)(colon - line), line);
	if (r->canary->value[r->key] && !may_repeat(r->key))
		return fail(r, r->line, "'%s' is given a second time",
			    key_names[r->key]);
	r->key_line[r->key] = r->line;
	append(&r->canary->value[r->key], "\n", colon + 2);
	return 0;
}

static int read_lines(struct reader *r, char *text)
{
	char *end;
	int rc;

	for (r->line = 1, r->key = -1; *text; text = end + 1, r->line++) {
		end = strchrnul(text, '\n');
		if (!*end)
			return fail(r, r->line, "the last line does not end");
		*end = '\0';
		rc = read_line(r, text);
		if (rc)
			return rc;
	}
	return 0;
}

/* "FILE.scn: why", one a line: the files have to be there. */
static int check_near_misses(const struct reader *r)
{
	const char *line = r->canary->value[CANARY_NEAR_MISS];
	char path[CLI_PATH];
	size_t n;

	for (; line; line = line[n] ? line + n + 1 : NULL) {
		n = strcspn(line, ":\n");
		if (line[n] != ':' || n < 5 || memcmp(line + n - 4, ".scn", 4))
			return fail(r, r->key_line[CANARY_NEAR_MISS],
				    "expected 'near-miss: FILE.scn: "
				    "why it is none'");
		cli_path(path, "%s/canaries/%s/%.*s", cli_root(), r->id, (int)n,
			 line);
		if (!cli_exists(path))
			return fail(r, r->key_line[CANARY_NEAR_MISS],
				    "there is no near miss %.*s", (int)n, line);
		n = strcspn(line, "\n");
	}
	return 0;
}

/* An identity has two slashes; a control has the word "nothing" alone. */
static int check_expect(const struct reader *r)
{
	const char *line = r->canary->value[CANARY_EXPECT];
	const char *slash;
	size_t n;

	if (canary_is_control(r->canary))
		return 0;
	for (; line; line = line[n] ? line + n + 1 : NULL) {
		n = strcspn(line, "\n");
		slash = memchr(line, '/', n);
		if (!slash || memchr(line, ' ', n))
			return fail(r, r->key_line[CANARY_EXPECT],
				    "expected an identity (ORACLE/OBJECT/PLACES) "
				    "or 'nothing', not '%.*s'", (int)n, line);
	}
	return 0;
}

static int check(const struct reader *r)
{
	char *const *value = r->canary->value;
	int key, rc;

	for (key = 0; key < CANARY_KEYS; key++)
		if (!value[key] && !may_be_missing(key))
			return fail(r, r->line - 1, "'%s: ...' is missing",
				    key_names[key]);
	if (strcmp(value[CANARY_ID], r->id))
		return fail(r, r->key_line[CANARY_ID],
			    "the id is '%s', the folder '%s'",
			    value[CANARY_ID], r->id);
	if (strcmp(value[CANARY_FLAVOUR], "asan") &&
	    strcmp(value[CANARY_FLAVOUR], "race"))
		return fail(r, r->key_line[CANARY_FLAVOUR],
			    "expected asan or race, not '%s'",
			    value[CANARY_FLAVOUR]);
	if (strcmp(canary_implementation(r->canary), "own") &&
	    strcmp(canary_implementation(r->canary), "own-64k"))
		return fail(r, r->key_line[CANARY_IMPLEMENTATION],
			    "expected own or own-64k, not '%s'",
			    value[CANARY_IMPLEMENTATION]);
	rc = check_near_misses(r);
	return rc ? rc : check_expect(r);
}

/* A whole file as a string for free(), or NULL. */
static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!file)
		return NULL;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(file);
	return text;
}

static int cannot_read(const char *path)
{
	fprintf(stderr, "vtb: cannot read %s: %s\n", path, strerror(errno));
	return VTB_EXIT_USAGE;
}

static int load(struct canary *canary, const char *id)
{
	struct reader r = { .canary = canary, .id = id };
	char path[CLI_PATH];
	char *text;
	int rc;

	cli_path(path, "%s/canaries/%s/patch", cli_root(), id);
	text = read_text(path);
	if (!text)
		return cannot_read(path);
	canary->hash = XXH64(text, strlen(text), 0);
	free(text);

	cli_path(path, "%s/canaries/%s/metadata", cli_root(), id);
	text = read_text(path);
	if (!text)
		return cannot_read(path);
	canary->hash = XXH64(text, strlen(text), canary->hash);
	cli_path(r.file, "canaries/%s/metadata", id);
	rc = read_lines(&r, text);
	free(text);
	return rc ? rc : check(&r);
}

static bool matches(const char *word, const struct canary *canary)
{
	return !fnmatch(word, canary->value[CANARY_ID], 0) ||
	       !fnmatch(word, canary->value[CANARY_TARGET], 0);
}

static bool is_wanted(const struct canary *canary, char *const *words,
		      int nr_words)
{
	int i;

	for (i = 0; i < nr_words; i++)
		if (matches(words[i], canary))
			return true;
	return !nr_words;
}

static int unknown_word(const char *word, const struct canary *list, size_t nr)
{
	struct suggestion suggestion;
	size_t i;

	suggest_begin(&suggestion, word);
	for (i = 0; i < nr; i++) {
		suggest(&suggestion, list[i].value[CANARY_ID]);
		suggest(&suggestion, list[i].value[CANARY_TARGET]);
	}
	fprintf(stderr, "vtb: there is no canary '%s', and no target with "
		"canaries of that name", word);
	suggest_print(stderr, &suggestion);
	fprintf(stderr, "; see vtb list canaries\n");
	return VTB_EXIT_USAGE;
}

/* Every word has to name something, or a typo would pass as "none". */
static int check_words(char *const *words, int nr_words,
		       const struct canary *list, size_t nr)
{
	size_t n;
	int i;

	for (i = 0; i < nr_words; i++) {
		for (n = 0; n < nr; n++)
			if (matches(words[i], &list[n]))
				break;
		if (n == nr)
			return unknown_word(words[i], list, nr);
	}
	return 0;
}

static void free_values(struct canary *canary)
{
	int key;

	for (key = 0; key < CANARY_KEYS; key++)
		free(canary->value[key]);
	memset(canary, 0, sizeof(*canary));
}

/* The list without those that no word names. */
static void drop_others(char *const *words, int nr_words, struct canary *list,
			size_t *nr)
{
	size_t i, kept = 0;

	for (i = 0; i < *nr; i++) {
		if (is_wanted(&list[i], words, nr_words))
			list[kept++] = list[i];
		else
			free_values(&list[i]);
	}
	*nr = kept;
}

int canaries_load(char *const *words, int nr_words, struct canary **list,
		  size_t *nr)
{
	char dir[CLI_PATH], path[CLI_PATH];
	char **names;
	size_t nr_names, i;
	int rc = 0;

	cli_path(dir, "%s/canaries", cli_root());
	nr_names = cli_list_dir(dir, &names);
	*nr = 0;
	*list = calloc(nr_names + 1, sizeof(**list));
	sim_assert(*list);
	for (i = 0; i < nr_names && !rc; i++) {
		cli_path(path, "%s/%s/metadata", dir, names[i]);
		if (cli_exists(path))
			rc = load(&(*list)[(*nr)++], names[i]);
	}
	cli_free_names(names, nr_names);
	if (!rc)
		rc = check_words(words, nr_words, *list, *nr);
	if (rc)
		canaries_free(*list, *nr);
	else
		drop_others(words, nr_words, *list, nr);
	return rc;
}

void canaries_free(struct canary *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free_values(&list[i]);
	free(list);
}

bool canary_expects(const struct canary *canary, const char *identity)
{
	const char *line = canary->value[CANARY_EXPECT];
	size_t length = strlen(identity), n;

	for (; line; line = line[n] ? line + n + 1 : NULL) {
		n = strcspn(line, "\n");
		if (n == length && !memcmp(line, identity, n))
			return true;
	}
	return false;
}

const char *canary_implementation(const struct canary *canary)
{
	const char *value = canary->value[CANARY_IMPLEMENTATION];

	return value ? value : "own";
}

bool canary_is_control(const struct canary *canary)
{
	return !strcmp(canary->value[CANARY_EXPECT], "nothing");
}
