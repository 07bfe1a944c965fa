/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scanner.h - words, numbers and places of the text form (private to fuzz/)
 *
 * Works on one line at a time. The first failure wins and sticks: later calls
 * do nothing and report the end of the line, so loops end by themselves.
 * Functions that take something return true if they got it.
 */
#ifndef FUZZ_SCANNER_H
#define FUZZ_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct op_arg;

struct scanner {
	const char *name;	/* of the file, for errors */
	const char *pos;
	const char *end;
	const char *line_start;
	uint32_t line;
	uint32_t word_column;	/* where the last word or number began */
	bool failed;
	char *error;
	size_t error_size;
};

void scan_init(struct scanner *s, const char *name, const char *text,
	       size_t size, char *error, size_t error_size);

/* Goes to the next line; false after the last one or a failure. */
bool scan_next_line(struct scanner *s);

void scan_fail(struct scanner *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void scan_fail_at_word(struct scanner *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void scan_fail_at(struct scanner *s, uint32_t line, uint32_t column,
		  const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void scan_fail_names(struct scanner *s, const char *what,
		     const char *const *names);
void scan_fail_rows(struct scanner *s, const char *got,
		    const struct op_arg *rows, unsigned int nr);

void scan_blanks(struct scanner *s);
char scan_peek(struct scanner *s);		/* '\0' at the end of a line */
bool scan_at_end(struct scanner *s);		/* only a comment may follow */
bool scan_take(struct scanner *s, char c);
bool scan_expect(struct scanner *s, char c);
bool scan_is_label(struct scanner *s);		/* WORD ':' comes next */
bool scan_is_assigned(struct scanner *s);	/* WORD '=' comes next */
bool scan_word(struct scanner *s, const char *what, char *word, size_t size);
bool scan_try_word(struct scanner *s, const char *word);
bool scan_expect_word(struct scanner *s, const char *word);
bool scan_one_of(struct scanner *s, const char *what,
		 const char *const *names, uint64_t *index);
/* Decimal or 0x, in [first, last]. */
bool scan_number(struct scanner *s, const char *what, uint64_t first,
		 uint64_t last, uint64_t *value);
int scan_hex_digit(struct scanner *s);		/* -1 if there is none */
/* Anything printable up to a blank. */
bool scan_text(struct scanner *s, const char *what, char *text, size_t size);

/* The rest of the line, a comment, without its newline. */
size_t scan_comment(struct scanner *s, const char **text);

#endif
