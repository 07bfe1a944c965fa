/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_adversary.c - the lines about the adversary (sim/fetch.h)
 *
 *	adversary user|device 1/8
 *	change u32[1] to ones and back at fetch 2 in op 4
 *
 * The first says what he may be, and how likely he changes what is fetched a
 * second time; without a chance he does what is spelt out.
 */
#include "parser.h"

void parse_adversary(struct parser *parser)
{
	const char *names[SIM_POWERS + 1] = { NULL };
	struct program *p = parser->p;
	uint64_t power;
	unsigned int i;

	for (i = 0; i < SIM_POWERS; i++)
		names[i] = sim_power_name(i);
	if (!parse_needs_world(parser))
		return;
	do {
		if (!scan_one_of(&parser->s, "power", names, &power))
			return;
		p->adversary |= 1u << power;
	} while (scan_take(&parser->s, '|'));
	if (!scan_at_end(&parser->s))
		parse_chance(parser, &p->adversary_num);
}

/* u32[1] */
static bool parse_word(struct parser *parser, struct sim_fetch_choice *choice)
{
	static const char *const widths[] = { "u8", "u16", "u32", "u64", NULL };
	uint64_t width, index;

	if (!scan_one_of(&parser->s, "width", widths, &width) ||
	    !scan_expect(&parser->s, '[') ||
	    !scan_number(&parser->s, "index of a word", 0, SIM_FETCH_MAX_INDEX,
			 &index) ||
	    !scan_expect(&parser->s, ']'))
		return false;
	choice->width = 1u << width;
	choice->index = (uint32_t)index;
	return true;
}

static bool parse_pattern(struct parser *parser,
			  struct sim_fetch_choice *choice)
{
	const char *names[SIM_PATTERNS + 1] = { NULL };
	uint64_t pattern;
	unsigned int i;

	for (i = 0; i < SIM_PATTERNS; i++)
		names[i] = sim_pattern_name((enum sim_pattern)i);
	if (!scan_expect_word(&parser->s, "to") ||
	    !scan_one_of(&parser->s, "value", names, &pattern))
		return false;
	choice->pattern = (enum sim_pattern)pattern;
	choice->back = scan_try_word(&parser->s, "and");
	return !choice->back || scan_expect_word(&parser->s, "back");
}

void parse_change(struct parser *parser)
{
	struct program *p = parser->p;
	struct program_override *o = &p->overrides[p->nr_overrides];
	struct sim_fetch_choice choice;
	uint64_t nth, key;

	if (!parse_room_for_override(parser) ||
	    !parse_word(parser, &choice) || !parse_pattern(parser, &choice) ||
	    !scan_expect_word(&parser->s, "at") ||
	    !scan_expect_word(&parser->s, "fetch") ||
	    !scan_number(&parser->s, "number of the fetch", 1,
			 (uint64_t)UINT32_MAX + 1, &nth) ||
	    !parse_op_or_world(parser, &key))
		return;
	o->kind = SIM_DECIDE_FETCH;
	o->nth = (uint32_t)(nth - 1);
	o->key = (uint32_t)key;
	o->value = sim_fetch_value(&choice);
	p->nr_overrides++;
}
