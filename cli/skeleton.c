/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * skeleton.c - new files from setup/skeletons; see skeleton.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fuzz/program.h>

#include "skeleton.h"

#define MAX_TEXT	(64u << 10)

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static int fail(const char *path, const char *why)
{
	fprintf(stderr, "vtb: new: %s: %s\n", path, why);
	return VTB_EXIT_BENCH;
}

/* The word @text begins with, or NULL. */
static const struct skeleton_word *
word_at(const struct skeleton_word *words, const char *text)
{
	for (; words->word; words++)
		if (!strncmp(text, words->word, strlen(words->word)))
			return words;
	return NULL;
}

/* @text with its words replaced, in @out of @size; false if it does not fit. */
static bool replace(const struct skeleton_word *words, const char *text,
		    char *out, size_t size)
{
	const struct skeleton_word *word;
	size_t used = 0, n;

	while (*text) {
		word = word_at(words, text);
		n = word ? strlen(word->value) : 1;
		if (used + n >= size)
			return false;
		memcpy(out + used, word ? word->value : text, n);
		used += n;
		text += word ? strlen(word->word) : 1;
	}
	out[used] = '\0';
	return true;
}

static int make_parents(const char *path)
{
	char dir[CLI_PATH];

	cli_path(dir, "%s", path);
	*strrchr(dir, '/') = '\0';
	return cli_make_dirs(dir) ? VTB_EXIT_BENCH : 0;
}

int skeleton_write(const char *path, const char *text)
{
	char full[CLI_PATH];
	size_t n = strlen(text);
	ssize_t written;
	int fd;

	cli_path(full, "%s/%s", cli_root(), path);
	if (make_parents(full))
		return VTB_EXIT_BENCH;
	fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		fprintf(stderr, "vtb: new: %s exists already\n", path);
		return VTB_EXIT_USAGE;
	}
	if (fd < 0)
		return fail(full, strerror(errno));
	written = write(fd, text, n);
	if (close(fd) || written != (ssize_t)n) {
		unlink(full);
		return fail(full, "cannot be written");
	}
	printf("%s\n", path);
	return 0;
}

static int copy_file(const char *from, const char *to,
		     const struct skeleton_word *words)
{
	static char text[MAX_TEXT + 1], out[MAX_TEXT];
	size_t size;
	int rc = program_read_file(from, (uint8_t *)text, MAX_TEXT, &size);

	if (rc)
		return fail(from, strerror(-rc));
	text[size] = '\0';
	if (!replace(words, text, out, sizeof(out)))
		return fail(from, "too long");
	return skeleton_write(to, out);
}

static int check_file(const char *to)
{
	char full[CLI_PATH];

	cli_path(full, "%s/%s", cli_root(), to);
	if (!cli_exists(full))
		return 0;
	fprintf(stderr, "vtb: new: %s exists already\n", to);
	return VTB_EXIT_USAGE;
}

/*
 * Walks the files below skeleton @root; @below is the folder in it, "" or
 * "a/b/". Only checks, or copies.
 */
static int walk(const char *root, const char *below,
		const struct skeleton_word *words, bool copy)
{
	char dir[CLI_PATH], from[CLI_PATH], name[CLI_PATH], to[CLI_PATH];
	char **names;
	size_t nr, i;
	int code = 0;

	nr = cli_list_dir(cli_path(dir, "%s/%s", root, below), &names);
	for (i = 0; i < nr && !code; i++) {
		cli_path(name, "%s%s", below, names[i]);
		cli_path(from, "%s/%s", root, name);
		if (is_dir(from)) {
			cli_path(name, "%s%s/", below, names[i]);
			code = walk(root, name, words, copy);
			continue;
		}
		if (!replace(words, name, to, sizeof(to)))
			code = fail(from, "the name is too long");
		else
			code = copy ? copy_file(from, to, words) :
				      check_file(to);
	}
	cli_free_names(names, nr);
	return code;
}

int skeleton_copy(const char *kind, const struct skeleton_word *words)
{
	char root[CLI_PATH];
	int code;

	cli_path(root, "%s/setup/skeletons/%s", cli_root(), kind);
	if (!is_dir(root))
		return fail(root, "there is no such skeleton");
	code = walk(root, "", words, false);
	return code ? code : walk(root, "", words, true);
}
