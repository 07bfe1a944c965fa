/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known.c - findings we know, corpus/TARGET/known.txt
 *
 * "IMPLEMENTATION IDENTITY reason...", '#' comments; '*' stands for every
 * implementation.
 */
#include <string.h>

#include "outcome.h"

bool cli_is_known(const struct cli_executable *exe, const char *identity,
		  char reason[CLI_REASON])
{
	char path[CLI_PATH], line[1024], who[64], what[256];
	bool found = false;
	FILE *file;
	int n;

	cli_path(path, "%s/corpus/%s/known.txt", cli_root(), exe->target);
	file = fopen(path, "r");
	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		if (line[0] == '#' ||
		    sscanf(line, "%63s %255s %n", who, what, &n) < 2)
			continue;
		found = (!strcmp(who, "*") ||
			 !strcmp(who, exe->implementation)) &&
			!strcmp(what, identity);
		line[strcspn(line, "\n")] = '\0';
		if (found)
			snprintf(reason, CLI_REASON, "%s", line + n);
	}
	fclose(file);
	return found;
}
