/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_parse.c - programs from text; the form is in program_print.c
 *
 * One line, one statement. The parser stops at the first mistake and says
 * where it is and what it would have taken. Overrides may name ops that come
 * later, so they are resolved at the end. Comments count only in front of the
 * first statement after `vtb 1`; elsewhere they are dropped.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

#include "parser.h"

bool parse_needs_world(struct parser *parser)
{
	if (parser->p->type)
		return true;
	scan_fail_at(&parser->s, parser->s.line, 1,
		     "expected 'world NAME' before this line");
	return false;
}

static void parse_version(struct parser *parser)
{
	uint64_t version;

	if (!scan_number(&parser->s, "format version", 0, UINT32_MAX, &version))
		return;
	if (version != PROGRAM_VERSION)
		scan_fail(&parser->s, "unknown format version, expected %d",
			  PROGRAM_VERSION);
	parser->versioned = true;
}

static void parse_world(struct parser *parser)
{
	char word[PROGRAM_MAX_WORD], comment[PROGRAM_MAX_COMMENT];
	const struct world_type *type;

	if (!scan_word(&parser->s, "name of a world", word, sizeof(word)))
		return;
	type = program_find_type(parser->types, word);
	if (!type || parser->p->type) {
		scan_fail_at_word(&parser->s, parser->p->type ?
				  "a second world" :
				  "foreign program: no world '%s' here, expected %s",
				  word, parser->types[0]->name);
		return;
	}
	memcpy(comment, parser->p->comment, sizeof(comment));
	program_init(parser->p, type);
	memcpy(parser->p->comment, comment, sizeof(comment));
}

static void parse_config(struct parser *parser)
{
	struct program *p = parser->p;
	uint32_t seen = 0;

	if (!parse_needs_world(parser))
		return;
	while (!scan_at_end(&parser->s))
		if (!parse_assignment(parser, p->type->config,
				      p->type->nr_config, p->config, &seen))
			return;
}

static void parse_profile(struct parser *parser)
{
	static const char *const names[] = { "contract", "abuse", NULL };
	uint64_t value;

	if (!parse_needs_world(parser) ||
	    !scan_one_of(&parser->s, "profile", names, &value))
		return;
	if (parser->p->nr_calls)
		scan_fail_at_word(&parser->s, "expected the profile before all ops");
	parser->p->abuse = value;
}

static void parse_seed(struct parser *parser)
{
	if (parse_needs_world(parser))
		scan_number(&parser->s, "seed", 0, UINT64_MAX,
			    &parser->p->seed);
}

/* preempt=1/N */
static void parse_preempt(struct parser *parser)
{
	uint64_t value;

	if (scan_expect_word(&parser->s, "preempt") &&
	    scan_expect(&parser->s, '=') &&
	    scan_number(&parser->s, "1", 1, 1, &value) &&
	    scan_expect(&parser->s, '/') &&
	    scan_number(&parser->s, "1/N", 1, 0xffff, &value))
		parser->p->preempt_den = (uint32_t)value;
}

/* depth=D steps=K */
static void parse_pct(struct parser *parser)
{
	uint64_t depth, steps;

	if (!scan_expect_word(&parser->s, "depth") ||
	    !scan_expect(&parser->s, '=') ||
	    !scan_number(&parser->s, "depth", 1, SIM_MAX_DEPTH, &depth) ||
	    !scan_expect_word(&parser->s, "steps") ||
	    !scan_expect(&parser->s, '=') ||
	    !scan_number(&parser->s, "steps", 1, UINT32_MAX, &steps))
		return;
	parser->p->depth = (uint32_t)depth;
	parser->p->steps = (uint32_t)steps;
}

static void parse_strategy(struct parser *parser)
{
	const char *names[SIM_STRATEGIES + 1] = { NULL };
	uint64_t value;
	int i;

	for (i = 0; i < SIM_STRATEGIES; i++)
		names[i] = sim_strategy_name((enum sim_strategy)i);
	if (!parse_needs_world(parser) ||
	    !scan_one_of(&parser->s, "strategy", names, &value))
		return;
	parser->p->strategy = (enum sim_strategy)value;
	if (value == SIM_PCT)
		parse_pct(parser);
	else if (!scan_at_end(&parser->s))
		parse_preempt(parser);
}

static void parse_memory(struct parser *parser)
{
	const char *names[SIM_MEMORY_MODELS + 1] = { NULL };
	uint64_t value;
	int i;

	for (i = 0; i < SIM_MEMORY_MODELS; i++)
		names[i] = sim_memory_model_name((enum sim_memory_model)i);
	if (parse_needs_world(parser) &&
	    scan_one_of(&parser->s, "memory", names, &value))
		parser->p->memory = (enum sim_memory_model)value;
}

static void parse_mutant(struct parser *parser)
{
	struct program *p = parser->p;

	if (!parse_needs_world(parser) ||
	    !scan_text(&parser->s, "FUNCTION:KIND:NUMBER", p->mutant,
		       sizeof(p->mutant)) || program_is_mutant(p->mutant))
		return;
	scan_fail_at_word(&parser->s, "expected FUNCTION:KIND:NUMBER, not '%s'",
			  p->mutant);
}

static bool parse_kind(struct parser *parser, uint32_t first, uint32_t last,
		       uint32_t *kind)
{
	const char *names[SIM_DECISION_KINDS + 1] = { NULL };
	uint64_t value;
	uint32_t i;

	for (i = first; i <= last; i++)
		names[i - first] =
			sim_decision_kind_name((enum sim_decision_kind)i);
	if (!scan_one_of(&parser->s, "kind", names, &value))
		return false;
	*kind = first + (uint32_t)value;
	return true;
}

/* P/Q, of 65536 */
bool parse_chance(struct parser *parser, uint32_t *chance)
{
	uint64_t p, q, num;

	if (!scan_number(&parser->s, "P of a chance P/Q", 0, 65535, &p) ||
	    !scan_expect(&parser->s, '/') ||
	    !scan_number(&parser->s, "Q of a chance P/Q", 1, 65536, &q))
		return false;
	if (p >= q) {
		scan_fail_at_word(&parser->s, "a chance must be less than 1");
		return false;
	}
	num = (p * 65536 + q / 2) / q;
	*chance = num > 0xffff ? 0xffff : (uint32_t)num;
	return true;
}

/* fault KIND P/Q */
static void parse_fault(struct parser *parser)
{
	uint32_t kind;

	if (parse_needs_world(parser) &&
	    parse_kind(parser, PROGRAM_FIRST_FAULT, PROGRAM_LAST_FAULT, &kind))
		parse_chance(parser, &parser->p->fault_num[kind -
						PROGRAM_FIRST_FAULT]);
}

static void parse_schedule(struct parser *parser)
{
	struct program *p = parser->p;
	int high, low;

	if (!parse_needs_world(parser))
		return;
	scan_blanks(&parser->s);
	while (!scan_at_end(&parser->s)) {
		high = scan_hex_digit(&parser->s);
		low = high < 0 ? -1 : scan_hex_digit(&parser->s);
		if (low < 0) {
			scan_fail(&parser->s, "expected pairs of hex digits");
			return;
		}
		if (p->nr_bytes == PROGRAM_MAX_BYTES) {
			scan_fail(&parser->s, "more than %d schedule bytes",
				  PROGRAM_MAX_BYTES);
			return;
		}
		p->bytes[p->nr_bytes++] = (uint8_t)(high << 4 | low);
	}
}

bool parse_room_for_override(struct parser *parser)
{
	if (!parse_needs_world(parser))
		return false;
	if (parser->p->nr_overrides < PROGRAM_MAX_OVERRIDES)
		return true;
	scan_fail(&parser->s, "more than %d overrides", PROGRAM_MAX_OVERRIDES);
	return false;
}

/* in op KEY; in world. Remembers where, for the override that comes next. */
bool parse_op_or_world(struct parser *parser, uint64_t *key)
{
	uint32_t next = parser->p->nr_overrides;

	*key = 0;
	if (!scan_expect_word(&parser->s, "in"))
		return false;
	if (scan_try_word(&parser->s, "op")) {
		if (!scan_number(&parser->s, "key of an op", 1,
				 PROGRAM_MAX_KEY, key))
			return false;
	} else if (!scan_try_word(&parser->s, "world")) {
		scan_fail(&parser->s, "expected 'op KEY' or 'world'");
		return false;
	}
	if (next == PROGRAM_MAX_OVERRIDES)
		return true;
	parser->where[next].line = parser->s.line;
	parser->where[next].column = parser->s.word_column;
	return true;
}

/* fail KIND N in op KEY; decide KIND N in op KEY = VALUE */
static void parse_override(struct parser *parser, bool fault)
{
	struct program *p = parser->p;
	struct program_override *o = &p->overrides[p->nr_overrides];
	uint64_t nth, key = 0, value = 1;

	if (!parse_room_for_override(parser) ||
	    !parse_kind(parser, fault ? PROGRAM_FIRST_FAULT : 0,
			fault ? PROGRAM_LAST_FAULT : SIM_DECISION_KINDS - 1,
			&o->kind) ||
	    !scan_number(&parser->s, "number of the call", 1,
			 (uint64_t)UINT32_MAX + 1, &nth) ||
	    !parse_op_or_world(parser, &key))
		return;
	if (!fault && (!scan_expect(&parser->s, '=') ||
		       !scan_number(&parser->s, "value", 0, UINT32_MAX, &value)))
		return;
	o->nth = (uint32_t)(nth - 1);
	o->key = (uint32_t)key;
	o->value = (uint32_t)value;
	p->nr_overrides++;
}

/* switch to ACTOR at FUNCTION visit|access N in op KEY|world */
static void parse_switch(struct parser *parser)
{
	static const char *const kinds[] = { "visit", "access", NULL };
	struct program *p = parser->p;
	size_t used = strlen(p->switches);
	struct program_switch s = { .key = 0 };
	uint64_t kind, nth, key = 0;

	if (!parse_needs_world(parser) || !scan_expect_word(&parser->s, "to") ||
	    !scan_text(&parser->s, "an actor", s.actor, sizeof(s.actor)) ||
	    !scan_expect_word(&parser->s, "at") ||
	    !scan_text(&parser->s, "a function", s.function,
		       sizeof(s.function)) ||
	    !scan_one_of(&parser->s, "what is counted", kinds, &kind) ||
	    !scan_number(&parser->s, "number of the visit", 1, UINT32_MAX,
			 &nth) ||
	    !parse_op_or_world(parser, &key))
		return;
	s.access = kind;
	s.nth = (uint32_t)nth;
	s.key = (uint32_t)key;
	if (program_print_switch(&s, p->switches + used,
				 sizeof(p->switches) - used) <
	    sizeof(p->switches) - used)
		return;
	p->switches[used] = '\0';
	scan_fail(&parser->s, "too many switches");
}

static void parse_expect(struct parser *parser)
{
	char identity[PROGRAM_MAX_EXPECT], where[PROGRAM_MAX_WORD];
	struct program *p = parser->p;
	size_t used;

	if (!parse_needs_world(parser) ||
	    !scan_text(&parser->s, "'clean' or an identity", identity,
		       sizeof(identity)))
		return;
	if (scan_at_end(&parser->s)) {
		strcpy(p->expect, identity);
		return;
	}
	if (!scan_expect_word(&parser->s, "in") ||
	    !scan_text(&parser->s, "an implementation", where, sizeof(where)))
		return;
	used = strlen(p->expect_in);
	if (used + strlen(where) + strlen(identity) + 3 > sizeof(p->expect_in))
		scan_fail_at_word(&parser->s, "too many expectations");
	else
		snprintf(p->expect_in + used, sizeof(p->expect_in) - used,
			 "%s %s\n", where, identity);
}

static void parse_from(struct parser *parser)
{
	struct program *p = parser->p;

	if (!parse_needs_world(parser) ||
	    !scan_text(&parser->s, "an implementation", p->implementation,
		       sizeof(p->implementation)))
		return;
	if (!scan_at_end(&parser->s))
		scan_text(&parser->s, "a build id", p->build,
			  sizeof(p->build));
}

static const struct {
	const char *word;
	void (*parse)(struct parser *parser);
} statements[] = {
	{ "world", parse_world },
	{ "config", parse_config },
	{ "profile", parse_profile },
	{ "seed", parse_seed },
	{ "strategy", parse_strategy },
	{ "memory", parse_memory },
	{ "mutant", parse_mutant },
	{ "fault", parse_fault },
	{ "adversary", parse_adversary },
	{ "change", parse_change },
	{ "bytes", parse_schedule },
	{ "switch", parse_switch },
	{ "expect", parse_expect },
	{ "from", parse_from },
};

/* A word that is followed by ':' is an actor, whatever it is. */
static void parse_statement(struct parser *parser)
{
	char word[PROGRAM_MAX_WORD];
	size_t i;

	if (isdigit((unsigned char)scan_peek(&parser->s))) {
		if (parse_needs_world(parser))
			parse_labelled(parser);
		return;
	}
	if (scan_is_label(&parser->s)) {
		if (parse_needs_world(parser))
			parse_labelled(parser);
		return;
	}
	if (!scan_word(&parser->s, "a statement", word, sizeof(word)))
		return;
	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
		if (!strcmp(statements[i].word, word)) {
			statements[i].parse(parser);
			return;
		}
	}
	if (!strcmp(word, "fail") || !strcmp(word, "decide"))
		parse_override(parser, word[0] == 'f');
	else
		scan_fail_at_word(&parser->s, "unknown statement '%s', expected "
				  "world, config, profile, seed, strategy, memory, "
				  "mutant, fault, adversary, bytes, switch, change, "
				  "fail, decide, expect, from "
				  "or an op", word);
}

/* Comments in front of the world are the program's own and are kept. */
static void keep_comment(struct parser *parser)
{
	char *comment = parser->p->comment;
	size_t have = strlen(comment), n;
	const char *text;

	n = scan_comment(&parser->s, &text);
	if (parser->p->type)
		return;
	if (have + n + 2 > PROGRAM_MAX_COMMENT) {
		scan_fail(&parser->s, "the comment is longer than %d bytes",
			  PROGRAM_MAX_COMMENT - 2);
		return;
	}
	memcpy(comment + have, text, n);
	strcpy(comment + have + n, "\n");
}

static void parse_line(struct parser *parser)
{
	if (scan_peek(&parser->s) == '#') {
		keep_comment(parser);
		return;
	}
	if (scan_at_end(&parser->s))
		return;
	if (parser->versioned)
		parse_statement(parser);
	else if (scan_expect_word(&parser->s, "vtb"))
		parse_version(parser);
	if (!scan_at_end(&parser->s))
		scan_fail(&parser->s, "expected the end of the line");
}

static void check_overrides(struct parser *parser)
{
	struct program *p = parser->p;
	uint32_t i;

	for (i = 0; i < p->nr_overrides; i++) {
		if (program_slot(p, p->overrides[i].key) < 0)
			scan_fail_at(&parser->s, parser->where[i].line,
				     parser->where[i].column,
				     "there is no op %u", p->overrides[i].key);
		if (p->overrides[i].kind == SIM_DECIDE_FETCH && !p->adversary)
			scan_fail_at(&parser->s, parser->where[i].line, 1,
				     "expected 'adversary POWER' in a program "
				     "with changes");
	}
}

int program_parse(struct program *program,
		  const struct world_type *const *types, const char *name,
		  const char *text, size_t size, char *error,
		  size_t error_size)
{
	static struct parser parser;	/* too big for a stack */

	memset(&parser, 0, offsetof(struct parser, where));
	parser.p = program;
	parser.types = types;
	scan_init(&parser.s, name, text, size, error, error_size);
	program->type = NULL;
	program->comment[0] = '\0';
	if (size > PROGRAM_MAX_FILE)
		scan_fail(&parser.s, "oversized: expected at most %u bytes",
			  PROGRAM_MAX_FILE);
	while (scan_next_line(&parser.s))
		parse_line(&parser);
	if (!parser.versioned)
		scan_fail(&parser.s, "expected 'vtb %d'", PROGRAM_VERSION);
	if (!program->type)
		scan_fail(&parser.s, "expected 'world NAME'");
	check_overrides(&parser);
	if (parser.s.failed)
		return -EINVAL;
	program_normalise(program);
	return 0;
}
