/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch_choice.c - what the values of SIM_DECIDE_FETCH mean, and their words
 *
 * Apart from fetch.c, since programs are also printed and parsed where no world
 * is.
 */
#include <errno.h>
#include <string.h>

#include <sim/fetch.h>

static const char *const power_names[SIM_POWERS] = { "user", "device", "peer" };

const char *sim_power_name(unsigned int n)
{
	return n < SIM_POWERS ? power_names[n] : "?";
}

static const char *const pattern_names[SIM_PATTERNS] = {
	[SIM_PATTERN_ONES] = "ones",
	[SIM_PATTERN_ZERO] = "zero",
	[SIM_PATTERN_PLUS1] = "plus-1",
	[SIM_PATTERN_MINUS1] = "minus-1",
	[SIM_PATTERN_DOUBLE] = "double",
	[SIM_PATTERN_PLUS64] = "plus-64",
	[SIM_PATTERN_PLUS_PAGE] = "plus-page",
	[SIM_PATTERN_FLIP_LOW] = "flip-low",
	[SIM_PATTERN_FLIP_HIGH] = "flip-high",
	[SIM_PATTERN_MAX_SIGNED] = "max-signed",
	[SIM_PATTERN_INVERT] = "invert",
	[SIM_PATTERN_ONE] = "one",
};

const char *sim_pattern_name(enum sim_pattern pattern)
{
	return pattern < SIM_PATTERNS ? pattern_names[pattern] : "?";
}

int sim_pattern_parse(const char *name)
{
	int i;

	for (i = 0; i < SIM_PATTERNS; i++)
		if (!strcmp(pattern_names[i], name))
			return i;
	return -EINVAL;
}

uint32_t sim_fetch_value(const struct sim_fetch_choice *choice)
{
	uint32_t width = (uint32_t)__builtin_ctz(choice->width);

	sim_assert(choice->index <= SIM_FETCH_MAX_INDEX);
	return 1 + (((choice->index * 4 + width) * SIM_PATTERNS +
		     choice->pattern) * 2 + choice->back);
}

struct sim_fetch_choice sim_fetch_choice(uint32_t value)
{
	uint32_t rest = value - 1;
	struct sim_fetch_choice choice = { .back = rest % 2 };

	rest /= 2;
	choice.pattern = (enum sim_pattern)(rest % SIM_PATTERNS);
	rest /= SIM_PATTERNS;
	choice.width = 1u << rest % 4;
	choice.index = rest / 4 % (SIM_FETCH_MAX_INDEX + 1);
	return choice;
}
