/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_parse_op.c - the parser's part that knows op tables
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "parser.h"
#include "resource.h"

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

/* The call that makes the resource of that name, or NULL. */
static const struct op_call *find_resource(const struct program *p,
					   const char *name)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		if (program_is_called(&p->calls[i], name))
			return &p->calls[i];
	return NULL;
}

static bool parse_reference(struct parser *parser, const struct op_arg *row,
			    uint64_t *value)
{
	char word[PROGRAM_MAX_WORD];
	const struct op_call *call;

	*value = 0;
	if (!scan_word(&parser->s, row->name, word, sizeof(word)))
		return false;
	if (!strcmp(word, PROGRAM_NO_RESOURCE))
		return true;
	call = find_resource(parser->p, word);
	if (!call)
		scan_fail_at_word(&parser->s, "%s: no '%s' was made before, expected a %s or none",
				  row->name, word, row->resource);
	else if (strcmp(call->op->produces, row->resource))
		scan_fail_at_word(&parser->s, "%s: '%s' is a %s, expected a %s",
				  row->name, word, call->op->produces,
				  row->resource);
	else
		*value = call->key;
	return *value;
}

static bool parse_value(struct parser *parser, const struct op_arg *row,
			uint64_t *value)
{
	uint64_t first = row->first, last = row->last;

	if (row->type == OP_ARG_FLAGS)
		return parse_flags(parser, row, value);
	if (row->type == OP_ARG_ENUM)
		return parse_enum(parser, row, value);
	if (row->type == OP_ARG_RESOURCE)
		return parse_reference(parser, row, value);
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

/* The next argument that is a resource may come without its name. */
static bool parse_arg(struct parser *parser, struct op_call *call,
		      uint32_t *seen)
{
	const struct op *op = call->op;
	unsigned int i;

	for (i = 0; i < op->nr_args && !scan_is_assigned(&parser->s); i++) {
		if (op->args[i].type != OP_ARG_RESOURCE || *seen >> i & 1)
			continue;
		*seen |= 1u << i;
		return parse_reference(parser, &op->args[i], &call->args[i]);
	}
	return parse_assignment(parser, op->args, op->nr_args, call->args,
				seen);
}

/* All arguments, those with names in any order. */
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
		if (!parse_arg(parser, call, &seen))
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

/* NAME = in front of an op, and where it stands. */
struct given_name {
	char name[OP_MAX_NAME];		/* "": there is none */
	uint32_t column;
};

static bool parse_name(struct parser *parser, struct given_name *given)
{
	given->name[0] = '\0';
	given->column = 0;
	if (!scan_is_assigned(&parser->s))
		return true;
	if (!scan_word(&parser->s, "name of a resource", given->name,
		       sizeof(given->name)))
		return false;
	given->column = parser->s.word_column;
	return scan_expect(&parser->s, '=');
}

/* Names what @call makes; without a name it is named after its key. */
static bool take_name(struct parser *parser, struct op_call *call,
		      const struct given_name *given)
{
	char name[PROGRAM_MAX_WORD];

	if (!call->op->produces) {
		if (given->column)
			scan_fail_at(&parser->s, parser->s.line, given->column,
				     "op %s makes nothing to be called '%s'",
				     call->op->name, given->name);
		return !given->column;
	}
	strcpy(call->name, given->name);
	if (!program_name_is_good(call))
		call->name[0] = '\0';	/* what it is called anyway, or wrong */
	program_resource_name(call, name);
	if (given->column && strcmp(name, given->name))
		scan_fail_at(&parser->s, parser->s.line, given->column,
			     "a %s cannot be called '%s'", call->op->produces,
			     given->name);
	else if (find_resource(parser->p, name))
		scan_fail_at(&parser->s, parser->s.line, given->column ?
			     given->column : parser->s.word_column,
			     "there is a '%s' already", name);
	return !parser->s.failed;
}

/* ACTOR: [NAME =] OP(...), the actor having been read. */
static void parse_op(struct parser *parser, const char *actor, uint32_t key)
{
	struct program *p = parser->p;
	struct op_call *call = &p->calls[p->nr_calls];
	char word[PROGRAM_MAX_WORD];
	struct given_name given;

	if (p->nr_calls == PROGRAM_MAX_CALLS) {
		scan_fail(&parser->s, "more than %d ops", PROGRAM_MAX_CALLS);
		return;
	}
	memset(call, 0, sizeof(*call));
	if (!scan_expect(&parser->s, ':') ||
	    !parse_name(parser, &given) ||
	    !scan_word(&parser->s, "name of an op", word, sizeof(word)))
		return;
	call->op = program_op_called(p->type, word);
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
	if (take_name(parser, call, &given) && parse_args(parser, call))
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
