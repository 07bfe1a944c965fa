/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.c - the parts of a help text
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "help.h"

#define PREFIX	"usage: "

void help_begin(struct help_reader *reader, const char *text)
{
	memset(reader, 0, sizeof(*reader));
	reader->at = text;
	reader->usage = true;
}

static struct help_part trim(const char *text, size_t length)
{
	while (length && *text == ' ') {
		text++;
		length--;
	}
	while (length && text[length - 1] == ' ')
		length--;
	return (struct help_part){ text, length };
}

static size_t word_length(struct help_part part)
{
	size_t n = 0;

	while (n < part.length && part.text[n] != ' ')
		n++;
	return n;
}

/* Takes a word off the front of a part. */
static struct help_part take_word(struct help_part *part)
{
	size_t n = word_length(*part);
	struct help_part word = { part->text, n };

	part->text += n;
	part->length -= n;
	return word;
}

/* "--time T      what it is": one blank in front of a value, in capitals. */
static void split_row(struct help_line *line)
{
	struct help_part rest = line->text;

	line->name = take_word(&rest);
	if (rest.length > 1 && isupper((unsigned char)rest.text[1])) {
		rest = (struct help_part){ rest.text + 1, rest.length - 1 };
		line->value = take_word(&rest);
	}
	line->text = trim(rest.text, rest.length);
}

static bool is_header(struct help_part part)
{
	return (part.length == 8 && !memcmp(part.text, "example:", 8)) ||
	       (part.length == 9 && !memcmp(part.text, "examples:", 9));
}

static struct help_line usage_line(const char *text, size_t length)
{
	size_t n = strlen(PREFIX);
	struct help_line line = { .kind = HELP_USAGE };

	if (length > n && !memcmp(text, PREFIX, n)) {
		text += n;
		length -= n;
	}
	line.text = trim(text, length);
	return line;
}

static struct help_line row_line(const char *text, size_t length, bool row)
{
	struct help_line line = { .text = trim(text, length) };
	size_t indent = (size_t)(line.text.text - text);

	if (!indent) {
		line.kind = HELP_TEXT;
	} else if (row && indent > 2) {
		line.kind = HELP_MORE;
	} else {
		line.kind = HELP_ROW;
		split_row(&line);
	}
	return line;
}

struct help_line help_next(struct help_reader *reader)
{
	const char *text = reader->at;
	size_t length = strcspn(text, "\n");
	struct help_line line = { .kind = HELP_END };

	if (!*text)
		return line;
	reader->at += length + (text[length] == '\n');
	if (!length) {
		reader->usage = reader->row = false;
		line.kind = HELP_GAP;
		return line;
	}
	if (reader->usage)
		return usage_line(text, length);
	if (is_header((struct help_part){ text, length })) {
		reader->examples = true;
		return help_next(reader);
	}
	line = row_line(text, length, reader->row);
	reader->row = line.kind == HELP_ROW || line.kind == HELP_MORE;
	if (!reader->examples)
		return line;
	line.kind = HELP_EXAMPLE;
	line.text = trim(text, length);
	return line;
}

/* -- options -- */

static void add(struct help_option *options, size_t *nr, struct help_part name,
		struct help_part value)
{
	size_t i;

	if (name.length < 2 || name.text[0] != '-' || *nr == HELP_MAX_OPTIONS)
		return;
	for (i = 0; i < *nr; i++)
		if (strlen(options[i].name) == name.length &&
		    !memcmp(options[i].name, name.text, name.length))
			break;
	snprintf(options[i].name, sizeof(options[i].name), "%.*s",
		 (int)name.length, name.text);
	if (i == *nr || value.length)
		snprintf(options[i].value, sizeof(options[i].value), "%.*s",
			 (int)value.length, value.text);
	*nr += i == *nr;
}

static void strip(struct help_part *word)
{
	while (word->length && strchr("[(", *word->text)) {
		word->text++;
		word->length--;
	}
	while (word->length && strchr("])", word->text[word->length - 1]))
		word->length--;
}

/* "[--time T] [--gdb [--batch]] [--engine libfuzzer|afl]" */
static void add_usage(struct help_option *options, size_t *nr,
		      struct help_part rest)
{
	while (rest.length) {
		struct help_part word = take_word(&rest), next, value = { "", 0 };
		bool closed = word.length && word.text[word.length - 1] == ']';

		rest = trim(rest.text, rest.length);
		strip(&word);
		next = rest;
		next = take_word(&next);
		if (!closed && next.length && !strchr("[|-(", *next.text)) {
			value = next;
			strip(&value);
		}
		add(options, nr, word, value);
	}
}

size_t help_options(const char *text,
		    struct help_option options[HELP_MAX_OPTIONS])
{
	struct help_reader reader;
	struct help_line line;
	size_t nr = 0;

	help_begin(&reader, text);
	while ((line = help_next(&reader)).kind != HELP_END)
		if (line.kind == HELP_USAGE)
			add_usage(options, &nr, line.text);
		else if (line.kind == HELP_ROW)
			add(options, &nr, line.name, line.value);
	return nr;
}
