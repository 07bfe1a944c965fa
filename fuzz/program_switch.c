/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_switch.c - switches by name, one line each
 */
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

size_t program_print_switch(const struct program_switch *s, char *text,
			    size_t size)
{
	char where[32];
	int n;

	snprintf(where, sizeof(where), s->key ? "op %u" : "world", s->key);
	n = snprintf(text, size, "switch to %s at %s %s %u in %s\n", s->actor,
		     s->function, s->access ? "access" : "visit", s->nth,
		     where);
	return n < 0 ? 0 : (size_t)n;
}

static bool scan_where(const char *text, struct program_switch *s)
{
	if (!strncmp(text, "world\n", 6))
		return true;
	return sscanf(text, "op %u\n", &s->key) == 1;
}

/* Whatever else the line may be, printed again it must be the same. */
const char *program_next_switch(const char *line, struct program_switch *s)
{
	char kind[8], again[256];
	int where = 0;
	size_t n;

	memset(s, 0, sizeof(*s));
	if (sscanf(line, "switch to %31s at %79s %7s %u in %n", s->actor,
		   s->function, kind, &s->nth, &where) != 4 || !where ||
	    !scan_where(line + where, s))
		return NULL;
	s->access = !strcmp(kind, "access");
	n = program_print_switch(s, again, sizeof(again));
	return strncmp(line, again, n) || !s->nth ? NULL : line + n;
}

bool program_switches_valid(const char *lines)
{
	struct program_switch s;

	while (lines && *lines)
		lines = program_next_switch(lines, &s);
	return lines;
}
