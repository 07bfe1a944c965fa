/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * verbs.c - the list of verbs, and what is said about all of them
 */
#include <string.h>

#include "cli.h"
#include "suggest.h"
#include "verbs.h"

#define GROUP(title)		{ NULL, title, NULL, NULL },
#define VERB(name, summary)	{ #name, summary, cmd_##name, help_##name },
const struct verb verbs[] = {
#include "verbs.def"
	{ NULL, NULL, NULL, NULL },
};

const struct verb *verb_find(const char *name)
{
	const struct verb *verb;

	for (verb = verbs; verb->summary; verb++)
		if (verb->name && !strcmp(verb->name, name))
			return verb;
	return NULL;
}

int verb_unknown(const char *name)
{
	struct suggestion suggestion;
	const struct verb *verb;

	suggest_begin(&suggestion, name);
	for (verb = verbs; verb->summary; verb++)
		if (verb->name)
			suggest(&suggestion, verb->name);
	fprintf(stderr, "vtb: unknown verb '%s'", name);
	suggest_print(stderr, &suggestion);
	fprintf(stderr, ", see vtb --help\n");
	return VTB_EXIT_USAGE;
}

static const char head[] =
"usage: vtb [--kernel PATH] VERB [ARGUMENT...]\n"
"       vtb help VERB\n"
"\n"
"Fuzzes real kernel files against simulated hosts, guests and peers. A finding\n"
"is a file: it replays the same, to the bit, for everybody.\n";

static const char tail[] =
"\n"
"First steps:\n"
"  vtb campaign --time 60s\n"
"  vtb repro FILE                 what campaign has printed behind REPRO\n"
"  vtb min FILE --out small.scn\n"
"\n"
"With your own kernel tree, and about your patch to it:\n"
"  vtb --kernel ~/src/linux campaign\n"
"  vtb --kernel ~/src/linux campaign --diff origin/master\n"
"\n"
"  --kernel PATH   also build against the kernel tree at PATH, which is only read\n"
"                  (or VTB_KERNEL=PATH)\n"
"  --no-install    install no packages: say what is missing, and end with 3\n"
"  --version       which build this is\n"
"\n"
"Exit codes: 0 clean, 1 usage, 3 bench error, 4 safety finding, 5 liveness\n"
"finding, 6 nondeterminism; the worst wins. Ctrl-C ends a search early and keeps\n"
"what it has found.\n";

void verbs_print(FILE *out)
{
	const struct verb *verb;

	fputs(head, out);
	for (verb = verbs; verb->summary; verb++)
		if (verb->name)
			fprintf(out, "  %-10s  %s\n", verb->name, verb->summary);
		else
			fprintf(out, "\nTo %s:\n", verb->summary);
	fputs(tail, out);
}
