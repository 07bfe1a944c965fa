/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - arguments of a verb, from a table
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "suggest.h"

bool cli_parse_time(const char *text, uint64_t *seconds)
{
	static const struct { char unit; uint64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 },
	};
	unsigned long long value;
	char *end;
	size_t i;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *text == '-' || !*end || end[1])
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (*end == units[i].unit)
			return !__builtin_mul_overflow(value, units[i].seconds,
						       seconds);
	return false;
}

bool cli_set_races(const char *mode)
{
	if (!mode)
		return true;
	if (strcmp(mode, "kcsan") && strcmp(mode, "strict") &&
	    strcmp(mode, "off"))
		return false;
	/* The way through all that is started, engines and workers too. */
	return !setenv("VTB_RACES", mode, 1);
}

static bool parse_number(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && end != text && !*end && *text != '-';
}

bool cli_in_list(const char *list, const char *name)
{
	size_t n = strlen(name);

	while (list && *list) {
		size_t word = strcspn(list, ",");

		if (word == n && !memcmp(list, name, n))
			return true;
		list += word + (list[word] == ',');
	}
	return !list;
}

static int usage(const struct cli_arguments *a, const char *what,
		 const char *which)
{
	fprintf(stderr, "vtb: %s: %s '%s', see vtb %s --help\n", a->verb, what,
		which, a->verb);
	return VTB_EXIT_USAGE;
}

static const struct cli_option *find(const struct cli_arguments *a,
				     const char *name)
{
	const struct cli_option *option;

	for (option = a->options; option->name; option++)
		if (!strcmp(option->name, name))
			return option;
	return NULL;
}

static int unknown(const struct cli_arguments *a, const char *name)
{
	const struct cli_option *option;
	struct suggestion suggestion;

	suggest_begin(&suggestion, name);
	for (option = a->options; option->name; option++)
		suggest(&suggestion, option->name);
	fprintf(stderr, "vtb: %s: unknown option '%s'", a->verb, name);
	suggest_print(stderr, &suggestion);
	fprintf(stderr, ", see vtb %s --help\n", a->verb);
	return VTB_EXIT_USAGE;
}

static bool set_value(const struct cli_option *option, char *text)
{
	switch (option->type) {
	case CLI_FLAG:
		*(bool *)option->value = true;
		return true;
	case CLI_TEXT:
		*(const char **)option->value = text;
		return *text;
	case CLI_NUMBER:
		return parse_number(text, option->value);
	case CLI_TIME:
		return cli_parse_time(text, option->value);
	}
	return false;
}

static const char *expected(enum cli_option_type type)
{
	return type == CLI_TIME ? "a time like 60s, 10m or 2h" :
	       type == CLI_NUMBER ? "a number" : "a value";
}

static int bad_value(const struct cli_arguments *a,
		     const struct cli_option *option, const char *text)
{
	fprintf(stderr, "vtb: %s: %s: expected %s, not '%s', see vtb %s --help\n",
		a->verb, option->name, expected(option->type), text, a->verb);
	return VTB_EXIT_USAGE;
}

/* argv[*i] begins with a dash. */
static int take_option(const struct cli_arguments *a, int argc, char **argv,
		       int *i)
{
	const struct cli_option *option;
	char *name = argv[*i], *value = strchr(name, '=');

	if (value)
		*value++ = '\0';
	option = find(a, name);
	if (!option)
		return unknown(a, name);
	if (value && option->type == CLI_FLAG)
		return usage(a, "it takes no value:", name);
	if (!value && option->type != CLI_FLAG && ++*i == argc)
		return usage(a, "a value is missing after", name);
	if (!value)
		value = argv[*i];
	return set_value(option, value) ? -1 : bad_value(a, option, value);
}

static int print_options(const struct cli_arguments *a)
{
	const struct cli_option *option;

	for (option = a->options; option->name; option++)
		printf("%s%s\n", option->name,
		       option->type == CLI_FLAG ? "" : " VALUE");
	return VTB_EXIT_CLEAN;
}

int cli_parse(struct cli_arguments *a, int argc, char **argv)
{
	int i, code;

	a->words = argv;
	a->nr_words = 0;
	if (argc == 1 && !strcmp(argv[0], "--options"))
		return print_options(a);
	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			fputs(a->help, stdout);
			return VTB_EXIT_CLEAN;
		}
		if (argv[i][0] != '-' || !argv[i][1]) {
			a->words[a->nr_words++] = argv[i];
			continue;
		}
		code = take_option(a, argc, argv, &i);
		if (code >= 0)
			return code;
	}
	if (a->nr_words > a->max_words)
		return usage(a, a->max_words ? "one argument too many:" :
			     "it takes no argument:", a->words[a->max_words]);
	if (a->nr_words < a->min_words) {
		usage(a, "an argument is missing after",
		      a->nr_words ? a->words[a->nr_words - 1] : a->verb);
		fprintf(stderr, "vtb: %.*s\n", (int)strcspn(a->help, "\n"),
			a->help);
		return VTB_EXIT_USAGE;
	}
	return -1;
}
