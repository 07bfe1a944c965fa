// SPDX-License-Identifier: GPL-2.0-only
/*
 * defer_cut.c - the text that tests compare
 */
#include <linux/kernel.h>
#include "defer_cut.h"

static char text[128];
static unsigned int length;
static int wrong_line;

void cut_tell(char c)
{
	if (length < sizeof(text) - 1)
		text[length++] = c;
}

const char *cut_text(void)
{
	return text;
}

void cut_check(int condition, int line)
{
	if (!condition && !wrong_line)
		wrong_line = line;
}

int cut_wrong(void)
{
	return wrong_line;
}
