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

/* Each says what is wrong if it is false. */
bool parse_needs_world(struct parser *parser);
bool parse_room_for_override(struct parser *parser);
bool parse_chance(struct parser *parser, uint32_t *chance);
bool parse_op_or_world(struct parser *parser, uint64_t *key);

/* adversary POWER|POWER [P/Q]; change ... at fetch N in op KEY */
void parse_adversary(struct parser *parser);
void parse_change(struct parser *parser);

/* NAME=VALUE of one of @rows; marks it in @seen. */
bool parse_assignment(struct parser *parser, const struct op_arg *rows,
		      unsigned int nr, uint64_t *values, uint32_t *seen);

/* [KEY:] ACTOR: OP(...); without a key it is one more than the last one. */
void parse_labelled(struct parser *parser);

#endif
