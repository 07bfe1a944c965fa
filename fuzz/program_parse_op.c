/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_parse_op.c - the parser's part that knows op tables
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "parser.h"

/* NAME|NAME or a number. */
static bool parse_flags(struct parser *parser, const struct op_arg *row,
			uint64_t *value)
{
	char word[PROGRAM_MAX_WORD];
	unsigned int n;

	*value = 0;
	if (isdigit((unsigned char)scan_peek(&parser->s)))
		return scan_number(&parser->s, row->name, 0,
				   program_arg_span(row), value);
	do {
		if (!scan_word(&parser->s, row->name, word, sizeof(word)))
			return false;
		for (n = 0; row->names[n]; n++)
			if (!strcmp(row->names[n], word))
				break;
		if (!row->names[n]) {
			scan_fail_names(&parser->s, row->name, row->names);
			return false;
		}
		*value |= 1ull << n;
	} while (scan_take(&parser->s, '|'));
	return true;
}

static bool parse_enum(struct parser *parser, const struct op_arg *row,
		       uint64_t *value)
{
	char word[PROGRAM_MAX_WORD];

	if (!scan_word(&parser->s, row->name, word, sizeof(word)))
		return false;
	for (*value = 0; row->names[*value]; ++*value)
		if (!strcmp(row->names[*value], word))
			return true;
	scan_fail_names(&parser->s, row->name, row->names);
	return false;
}

static bool parse_value(struct parser *parser, const struct op_arg *row,
			uint64_t *value)
{
	uint64_t first = row->first, last = row->last;

	if (row->type == OP_ARG_FLAGS)
		return parse_flags(parser, row, value);
	if (row->type == OP_ARG_ENUM)
		return parse_enum(parser, row, value);
	if (row->type == OP_ARG_LOG2) {
		first = 1ull << first;
		last = 1ull << last;
	}
	if (!scan_number(&parser->s, row->name, first, last, value))
		return false;
	if (program_arg_valid(row, *value))
		return true;
	scan_fail_at_word(&parser->s, "%s must be a power of two", row->name);
	return false;
}

static int find_row(const struct op_arg *rows, unsigned int nr,
		    const char *name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!strcmp(rows[i].name, name))
			return (int)i;
	return -ENOENT;
}

bool parse_assignment(struct parser *parser, const struct op_arg *rows,
		      unsigned int nr, uint64_t *values, uint32_t *seen)
{
	char word[PROGRAM_MAX_WORD];
	int i;

	if (!scan_word(&parser->s, nr ? rows[0].name : "nothing", word,
		       sizeof(word)))
		return false;
	i = find_row(rows, nr, word);
	if (i < 0) {
		scan_fail_rows(&parser->s, word, rows, nr);
		return false;
	}
	if (*seen >> i & 1) {
		scan_fail_at_word(&parser->s, "'%s' is given twice", word);
		return false;
	}
	*seen |= 1u << i;
	return scan_expect(&parser->s, '=') &&
	       parse_value(parser, &rows[i], &values[i]);
}

static const struct op *find_op(const struct world_type *type,
				const char *name)
{
	unsigned int i;

	for (i = 0; i < type->nr_ops; i++)
		if (!strcmp(type->ops[i].name, name))
			return &type->ops[i];
	return NULL;
}

/* All arguments by name, in any order. */
static bool parse_args(struct parser *parser, struct op_call *call)
{
	const struct op *op = call->op;
	uint32_t seen = 0;
	unsigned int i;

	if (!scan_expect(&parser->s, '('))
		return false;
	while (!scan_take(&parser->s, ')')) {
		if (seen && !scan_expect(&parser->s, ','))
			return false;
		if (!parse_assignment(parser, op->args, op->nr_args,
				      call->args, &seen))
			return false;
	}
	for (i = 0; i < op->nr_args; i++) {
		if (seen >> i & 1)
			continue;
		scan_fail(&parser->s, "%s needs argument '%s'", op->name,
			  op->args[i].name);
		return false;
	}
	return true;
}

/* ACTOR: OP(...), the actor having been read. */
static void parse_op(struct parser *parser, const char *actor, uint32_t key)
{
	struct program *p = parser->p;
	struct op_call *call = &p->calls[p->nr_calls];
	char word[PROGRAM_MAX_WORD];

	if (p->nr_calls == PROGRAM_MAX_CALLS) {
		scan_fail(&parser->s, "more than %d ops", PROGRAM_MAX_CALLS);
		return;
	}
	if (!scan_expect(&parser->s, ':') ||
	    !scan_word(&parser->s, "name of an op", word, sizeof(word)))
		return;
	memset(call, 0, sizeof(*call));
	call->op = find_op(p->type, word);
	if (!call->op) {
		scan_fail_at_word(&parser->s, "world %s has no op '%s', see 'vtb list ops'",
				  p->type->name, word);
		return;
	}
	if (strcmp(p->type->actors[call->op->actor], actor)) {
		scan_fail_at_word(&parser->s, "op %s is done by '%s', not by '%s'",
				  word, p->type->actors[call->op->actor],
				  actor);
		return;
	}
	if (call->op->abuse && !p->abuse) {
		scan_fail_at_word(&parser->s, "op %s needs 'profile abuse'",
				  word);
		return;
	}
	call->key = key;
	if (parse_args(parser, call))
		p->nr_calls++;
}

void parse_labelled(struct parser *parser)
{
	struct program *p = parser->p;
	char actor[PROGRAM_MAX_WORD];
	uint64_t key;

	key = p->nr_calls ? p->calls[p->nr_calls - 1].key + 1 : 1;
	if (isdigit((unsigned char)scan_peek(&parser->s)) &&
	    (!scan_number(&parser->s, "key", 1, PROGRAM_MAX_KEY, &key) ||
	     !scan_expect(&parser->s, ':')))
		return;
	if (program_slot(p, (uint32_t)key) >= 0 || key > PROGRAM_MAX_KEY) {
		scan_fail_at_word(&parser->s, "there is an op %llu already",
				  (unsigned long long)key);
		return;
	}
	if (scan_word(&parser->s, "name of an actor", actor, sizeof(actor)))
		parse_op(parser, actor, (uint32_t)key);
}
