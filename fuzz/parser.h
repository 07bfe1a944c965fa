/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parser.h - state of one run of the text parser (private to fuzz/)
 */
#ifndef FUZZ_PARSER_H
#define FUZZ_PARSER_H

#include <fuzz/program.h>

#include "scanner.h"

struct parser {
	struct scanner s;
	struct program *p;
	const struct world_type *const *types;
	bool versioned;
	struct {
		uint32_t line;
		uint32_t column;
	} where[PROGRAM_MAX_OVERRIDES];	/* of the op an override names */
};

/* NAME=VALUE of one of @rows; marks it in @seen. */
bool parse_assignment(struct parser *parser, const struct op_arg *rows,
		      unsigned int nr, uint64_t *values, uint32_t *seen);

/* [KEY:] ACTOR: OP(...); without a key it is one more than the last one. */
void parse_labelled(struct parser *parser);

#endif
