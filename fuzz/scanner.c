/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scanner.c - words, numbers and places of the text form; see scanner.h
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <worlds/op.h>

#include "scanner.h"

#define MAX_WORD	64

void scan_init(struct scanner *s, const char *name, const char *text,
	       size_t size, char *error, size_t error_size)
{
	memset(s, 0, sizeof(*s));
	s->name = name;
	s->pos = s->line_start = text;
	s->end = text + size;
	s->error = error;
	s->error_size = error_size;
}

static uint32_t column(const struct scanner *s)
{
	return (uint32_t)(s->pos - s->line_start) + 1;
}

static void __attribute__((format(printf, 4, 0)))
fail_v(struct scanner *s, uint32_t line, uint32_t col, const char *format,
       va_list args)
{
	int n;

	if (s->failed)
		return;
	s->failed = true;
	n = snprintf(s->error, s->error_size, "%s:%u:%u: ", s->name, line, col);
	if (n > 0 && (size_t)n < s->error_size)
		vsnprintf(s->error + n, s->error_size - (size_t)n, format,
			  args);
}

void scan_fail(struct scanner *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_v(s, s->line, column(s), format, args);
	va_end(args);
}

void scan_fail_at_word(struct scanner *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_v(s, s->line, s->word_column, format, args);
	va_end(args);
}

void scan_fail_at(struct scanner *s, uint32_t line, uint32_t col,
		  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_v(s, line, col, format, args);
	va_end(args);
}

void scan_fail_names(struct scanner *s, const char *what,
		     const char *const *names)
{
	char list[160];
	size_t n = 0;

	list[0] = '\0';
	for (; *names && n < sizeof(list); names++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      n ? ", " : "", *names);
	scan_fail_at_word(s, "%s: expected one of %s", what, list);
}

void scan_fail_rows(struct scanner *s, const char *got,
		    const struct op_arg *rows, unsigned int nr)
{
	const char *names[OP_MAX_ARGS * 4 + 1] = { NULL };
	char what[MAX_WORD + 16];
	unsigned int i;

	for (i = 0; i < nr && i < OP_MAX_ARGS * 4; i++)
		names[i] = rows[i].name;
	snprintf(what, sizeof(what), "no '%.*s' here", MAX_WORD, got);
	scan_fail_names(s, what, names);
}

bool scan_next_line(struct scanner *s)
{
	const char *newline;

	if (s->failed)
		return false;
	if (s->line) {
		newline = memchr(s->pos, '\n', (size_t)(s->end - s->pos));
		if (!newline)
			return false;
		s->pos = newline + 1;
	}
	if (s->pos == s->end)
		return false;
	s->line_start = s->pos;
	s->line++;
	return true;
}

void scan_blanks(struct scanner *s)
{
	while (s->pos < s->end &&
	       (*s->pos == ' ' || *s->pos == '\t' || *s->pos == '\r'))
		s->pos++;
}

char scan_peek(struct scanner *s)
{
	scan_blanks(s);
	if (s->failed || s->pos == s->end || *s->pos == '\n')
		return '\0';
	return *s->pos;
}

bool scan_at_end(struct scanner *s)
{
	char c = scan_peek(s);

	return (!c && (s->failed || s->pos == s->end || *s->pos == '\n')) ||
	       c == '#';
}

bool scan_take(struct scanner *s, char c)
{
	if (scan_peek(s) != c)
		return false;
	s->pos++;
	return true;
}

bool scan_expect(struct scanner *s, char c)
{
	if (scan_take(s, c))
		return true;
	scan_fail(s, "expected '%c'", c);
	return false;
}

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* Length of the word that comes next, 0 if there is none. */
static size_t word_length(struct scanner *s)
{
	size_t n = 0;

	if (isdigit((unsigned char)scan_peek(s)) || s->failed)
		return 0;
	while (s->pos + n < s->end && word_char(s->pos[n]))
		n++;
	return n;
}

bool scan_is_label(struct scanner *s)
{
	size_t n = word_length(s);

	return n && s->pos + n < s->end && s->pos[n] == ':';
}

bool scan_is_assigned(struct scanner *s)
{
	size_t n = word_length(s);
	const char *pos = s->pos + n;

	while (pos < s->end && (*pos == ' ' || *pos == '\t'))
		pos++;
	return n && pos < s->end && *pos == '=';
}

bool scan_word(struct scanner *s, const char *what, char *word, size_t size)
{
	size_t n = word_length(s);

	if (!n) {
		scan_fail(s, "expected %s", what);
		return false;
	}
	s->word_column = column(s);
	if (n >= size) {
		scan_fail(s, "%s is too long, expected at most %zu letters",
			  what, size - 1);
		return false;
	}
	memcpy(word, s->pos, n);
	word[n] = '\0';
	s->pos += n;
	return true;
}

bool scan_try_word(struct scanner *s, const char *word)
{
	size_t n = word_length(s);

	if (n != strlen(word) || memcmp(s->pos, word, n))
		return false;
	s->word_column = column(s);
	s->pos += n;
	return true;
}

bool scan_expect_word(struct scanner *s, const char *word)
{
	if (scan_try_word(s, word))
		return true;
	scan_fail(s, "expected '%s'", word);
	return false;
}

bool scan_one_of(struct scanner *s, const char *what,
		 const char *const *names, uint64_t *index)
{
	char word[MAX_WORD];

	if (!scan_word(s, what, word, sizeof(word)))
		return false;
	for (*index = 0; names[*index]; ++*index)
		if (!strcmp(names[*index], word))
			return true;
	scan_fail_names(s, what, names);
	return false;
}

static int digit_value(char c, unsigned int base)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (base == 16 && isxdigit((unsigned char)c))
		return tolower((unsigned char)c) - 'a' + 10;
	return -1;
}

/* Digits up to the first character that is none; false on overflow. */
static bool take_digits(struct scanner *s, unsigned int base, uint64_t *value)
{
	int digit;

	*value = 0;
	while (s->pos < s->end && (digit = digit_value(*s->pos, base)) >= 0) {
		if (__builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)digit, value))
			return false;
		s->pos++;
	}
	return true;
}

bool scan_number(struct scanner *s, const char *what, uint64_t first,
		 uint64_t last, uint64_t *value)
{
	unsigned int base = 10;
	bool fits;

	if (!isdigit((unsigned char)scan_peek(s))) {
		scan_fail(s, "expected a number (%s)", what);
		return false;
	}
	s->word_column = column(s);
	if (s->end - s->pos > 2 && s->pos[0] == '0' && s->pos[1] == 'x' &&
	    isxdigit((unsigned char)s->pos[2])) {
		base = 16;
		s->pos += 2;
	}
	fits = take_digits(s, base, value);
	if (fits && s->pos < s->end && word_char(*s->pos)) {
		scan_fail(s, "expected a number (%s)", what);
		return false;
	}
	if (fits && *value >= first && *value <= last)
		return true;
	scan_fail_at_word(s, base == 16 ? "%s must be in 0x%llx..0x%llx" :
					  "%s must be in %llu..%llu",
			  what, (unsigned long long)first,
			  (unsigned long long)last);
	return false;
}

int scan_hex_digit(struct scanner *s)
{
	int digit = -1;

	if (!s->failed && s->pos < s->end)
		digit = digit_value(*s->pos, 16);
	if (digit >= 0)
		s->pos++;
	return digit;
}

bool scan_text(struct scanner *s, const char *what, char *text, size_t size)
{
	size_t n = 0;

	if (scan_at_end(s)) {
		scan_fail(s, "expected %s", what);
		return false;
	}
	s->word_column = column(s);
	while (s->pos + n < s->end && isgraph((unsigned char)s->pos[n]))
		n++;
	if (!n || n >= size) {
		scan_fail(s, "expected %s of 1..%zu characters", what,
			  size - 1);
		return false;
	}
	memcpy(text, s->pos, n);
	text[n] = '\0';
	s->pos += n;
	return true;
}

size_t scan_comment(struct scanner *s, const char **text)
{
	const char *newline = memchr(s->pos, '\n', (size_t)(s->end - s->pos));
	const char *stop = newline ? newline : s->end;

	*text = s->pos;
	s->pos = stop;
	if (stop > *text && stop[-1] == '\r')
		stop--;
	return (size_t)(stop - *text);
}
