/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * replay_trace.c - runs compared with their expected traces
 *
 * NAME.trace beside NAME.scn holds the timeline as people read it: ops with
 * their results, decisions that are not benign, notes, the kernel's log, each
 * at its virtual time. It is the same in all flavours. Comment lines say which
 * implementation it belongs to; in others it is not looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay.h"
#include "timeline.h"

#define MAX_TRACE_BYTES		(1u << 20)

static const char header[] =
"# SPDX-License-Identifier: GPL-2.0-only\n"
"# Expected trace, in %s; `vtb run --bless` writes it.\n";

/* NAME.trace for NAME.scn; false if the file has another ending. */
static bool trace_path(const char *file, char *path, size_t size)
{
	size_t n = strlen(file);

	if (n < 4 || strcmp(file + n - 4, ".scn"))
		return false;
	return snprintf(path, size, "%.*s.trace", (int)n - 4, file) < (int)size;
}

/* The file's text for free(), NULL with errno. */
static char *read_trace(const char *path)
{
	char *text = malloc(MAX_TRACE_BYTES + 1);
	size_t n;
	int rc;

	sim_assert(text);
	rc = program_read_file(path, (uint8_t *)text, MAX_TRACE_BYTES, &n);
	if (!rc) {
		text[n] = '\0';
		return text;
	}
	free(text);
	errno = -rc;
	return NULL;
}

/* What a run looks like now, header included; for free(). */
static char *make_trace(const struct program *program)
{
	static struct target_result result;
	struct timeline timeline;
	struct target_run run = { .step_budget = session.step_budget };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	sim_assert(out);
	fprintf(out, header, session.implementation);
	timeline_init(&timeline, out, program, false);
	run.reader = &timeline.reader;
	run.log = &timeline.log;
	session_run(program, &run, &result);
	timeline_finish(&timeline);
	sim_assert(!fclose(out));
	return text;
}

/* Is @text that of an implementation which is not this one? */
static bool is_foreign(const char *text)
{
	char own[256];

	snprintf(own, sizeof(own), header, session.implementation);
	return strncmp(text, own, strlen(own)) != 0;
}

static FILE *messages(void)
{
	return session.json ? stderr : stdout;
}

static void say_line(const char *what, const char *text)
{
	if (!*text)
		text = "(the end)";
	fprintf(messages(), "vtb:   %s  %.*s\n", what,
		(int)strcspn(text, "\n"), text);
}

/* Names the first line that differs. */
static void say_difference(const char *path, const char *was, const char *is)
{
	const char *was_line = was, *is_line = is;
	unsigned int line = 1;
	size_t i;

	for (i = 0; was[i] && was[i] == is[i]; i++) {
		if (was[i] != '\n')
			continue;
		line++;
		was_line = was + i + 1;
		is_line = is + i + 1;
	}
	fprintf(messages(), "vtb: %s:%u: the first line that differs:\n", path,
		line);
	say_line("expected", was_line);
	say_line("got     ", is_line);
}

/* In one step, so that an interrupt leaves the old one or the new one. */
static bool write_trace(const char *path, const char *text)
{
	char part[4096 + 8];
	int rc;

	snprintf(part, sizeof(part), "%s.new", path);
	unlink(part);
	rc = report_write_file(part, (const uint8_t *)text, strlen(text));
	if (!rc && rename(part, path))
		rc = -errno;
	if (rc)
		fprintf(stderr, "vtb: cannot write %s: %s\n", path,
			strerror(-rc));
	else
		fprintf(messages(), "vtb: wrote %s\n", path);
	return !rc;
}

/* @was is what is there, or NULL. */
static bool bless_trace(const char *path, const char *was, const char *is)
{
	if (was && !strcmp(was, is)) {
		fprintf(messages(), "vtb: %s is as it was\n", path);
		return true;
	}
	if (was && is_foreign(was)) {
		fprintf(stderr, "vtb: %s belongs to another implementation than %s\n",
			path, session.implementation);
		return false;
	}
	if (was)
		say_difference(path, was, is);
	return write_trace(path, is);
}

static bool compare_trace(const char *path, const char *was, const char *is)
{
	if (is_foreign(was) || !strcmp(was, is))
		return true;
	say_difference(path, was, is);
	fprintf(messages(), "vtb: if that is right: vtb run --bless\n");
	return false;
}

bool replay_check_trace(const struct program *program, const char *file,
			bool bless)
{
	char path[4096];
	char *was, *is;
	bool good;

	if (!trace_path(file, path, sizeof(path)))
		return true;
	was = read_trace(path);
	if (!was && errno != ENOENT)
		fprintf(stderr, "vtb: cannot read %s: %s\n", path,
			strerror(errno));
	if (!was && !bless)
		return errno == ENOENT;
	is = make_trace(program);
	good = bless ? bless_trace(path, was, is) :
		       compare_trace(path, was, is);
	free(was);
	free(is);
	return good;
}
