// SPDX-License-Identifier: GPL-2.0-only
/*
 * param.c - early parameters of the command line
 *
 * early_param() puts a descriptor into .init.setup. ASan lays red zones, all
 * zero, between descriptors, so the section is no array: one begins at the first
 * word that is not zero, since it begins with the name.
 *
 * Words are separated by blanks; nothing is quoted.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <vtb/runtime.h>

#define MAX_WORD	64

extern unsigned long __vtb_setup_start[], __vtb_setup_stop[];

__attribute__((no_sanitize("address")))
static const struct obs_kernel_param *next_param(unsigned long **at)
{
	const struct obs_kernel_param *param;

	while (*at < __vtb_setup_stop && !**at)
		++*at;
	if (*at >= __vtb_setup_stop)
		return NULL;
	param = (const struct obs_kernel_param *)*at;
	*at += sizeof(*param) / sizeof(**at);
	return param;
}

__attribute__((no_sanitize("address")))
static void set_param(const char *name, char *value)
{
	const struct obs_kernel_param *param;
	unsigned long *at = __vtb_setup_start;

	while ((param = next_param(&at)))
		if (param->early && !strcmp(param->str, name))
			param->setup_func(value);
}

static void parse_word(const char *from, size_t len)
{
	char word[MAX_WORD], *value;

	vtb_assert(len < sizeof(word));
	memcpy(word, from, len);
	word[len] = 0;
	value = strchr(word, '=');
	if (value)
		*value++ = 0;
	set_param(word, value);
}

void vtb_parse_early(const char *command_line)
{
	while (command_line && *command_line) {
		size_t len = strcspn(command_line, " ");

		if (len)
			parse_word(command_line, len);
		command_line += len + strspn(command_line + len, " ");
	}
}
