/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_program.c - a program as text, and what it takes to run it
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

char *report_program_text(const struct cli_executable *exe, const char *file)
{
	const char *const argv[] = { exe->path, "--print", file, NULL };
	char *text;
	int code;

	text = cli_capture(&(struct cli_process){
		.argv = argv, .err = "/dev/null",
	}, &code);
	if (text && !code && *text)
		return text;
	free(text);
	return NULL;
}

/* Adds @word of @length to an array unless it is there. */
static void add_word(json_t *list, const char *word, size_t length)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_string_length(one) == length &&
		    !memcmp(json_string_value(one), word, length))
			return;
	json_array_append_new(list, json_stringn(word, length));
}

/* "7: vmm: bitmap = log_start(...)": who does what. */
static bool note_op(json_t *actors, const char *line)
{
	size_t digits = strspn(line, "0123456789"), length;
	const char *name = line + digits + 2, *op, *open;
	char actor[PROGRAM_MAX_WORD];
	json_t *ops;

	if (!digits || strncmp(line + digits, ": ", 2))
		return false;
	length = strcspn(name, ":\n");
	open = strchr(name, '(');
	if (name[length] != ':' || !open || length >= sizeof(actor))
		return false;
	snprintf(actor, sizeof(actor), "%.*s", (int)length, name);
	for (op = open; op > name && op[-1] != ' '; op--)
		;
	ops = json_object_get(actors, actor);
	if (!ops) {
		ops = json_array();
		json_object_set_new(actors, actor, ops);
	}
	add_word(ops, op, (size_t)(open - op));
	return true;
}

static bool begins(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

static void add_words(json_t *list, const char *line, const char *separators)
{
	size_t length;

	while (*line && *line != '\n') {
		length = strcspn(line, separators);
		if (length && (line[0] < '0' || line[0] > '9'))
			add_word(list, line, length);
		line += length;
		line += *line && *line != '\n';
	}
}

static void count(json_t *needs, const char *key)
{
	json_object_set_new(needs, key,
			    json_integer(json_number_of(needs, key) + 1));
}

static void note_line(json_t *needs, const char *line)
{
	json_t *faults = json_object_get(needs, "faults");

	if (note_op(json_object_get(needs, "actors"), line))
		return;
	if (begins(line, "profile abuse"))
		json_object_set_new(needs, "abuse", json_true());
	else if (begins(line, "adversary "))
		add_words(json_object_get(needs, "adversary"), line + 10,
			  " |\n");
	else if (begins(line, "fault "))
		add_word(faults, line + 6, strcspn(line + 6, " \n"));
	else if (begins(line, "fail "))
		add_word(faults, line + 5, strcspn(line + 5, " \n"));
	else if (begins(line, "decide peer ") || begins(line, "change "))
		count(needs, "peer_decisions");
	else if (begins(line, "switch to ") || begins(line, "decide preempt ") ||
		 begins(line, "decide pick "))
		count(needs, "switches");
	else if (begins(line, "memory "))
		json_object_set_new(needs, "memory",
				    json_stringn(line + 7,
						 strcspn(line + 7, " \n")));
}

/*
 * {"actors": {"vmm": ["log_report"]}, "adversary": ["peer"], "faults":
 * ["alloc"], "peer_decisions": 1, "switches": 2, "abuse": false}: whoever wants
 * to bring it about must be able to do these ops as these actors, to change
 * shared memory as those, and depends on the rest.
 */
json_t *report_needs(const char *text)
{
	json_t *needs = json_pack("{s:{}, s:[], s:[], s:i, s:i, s:b}",
				  "actors", "adversary", "faults",
				  "peer_decisions", 0, "switches", 0, "abuse",
				  0);
	const char *line;

	sim_assert(needs);
	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		note_line(needs, line);
	}
	return needs;
}
