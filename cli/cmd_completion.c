/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmd_completion.c - `vtb completion`: for bash, from the help texts
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "help.h"
#include "options.h"
#include "verbs.h"

const char help_completion[] =
"usage: vtb completion bash\n"
"\n"
"Prints what makes bash complete verbs, options, targets, implementations and\n"
"files. Targets are those that are built now.\n"
"\n"
"examples:\n"
"  vtb completion bash >~/.local/share/bash-completion/completions/vtb\n"
"  source <(./vtb completion bash)\n";

/* Options whose values are words; the others by what the help calls them. */
static const struct { const char *option; const char *words; } choices[] = {
	{ "--engine", "libfuzzer afl" },
	{ "--flavour", "race asan" },
	{ "--memory", "sc tso weak" },
	{ "--races", "kcsan strict off" },
	{ "--strategy", "mix random pct bytes bounded replay" },
	{ "--time", "10s 60s 10m 2h" },
};

static const struct { const char *verb; const char *words; } verb_words[] = {
	{ "completion", "bash" },
	{ "list", "targets implementations scenarios canaries ops mutants" },
	{ "new", "component target scenario canary" },
};

static bool takes(const struct help_option *option, const char *value)
{
	return !strncmp(option->value, value, strlen(value));
}

static void put_value(const struct help_option *option)
{
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (!strcmp(choices[i].option, option->name)) {
			printf("\t%s) words=\"%s\"; return ;;\n", option->name,
			       choices[i].words);
			return;
		}
	if (!strcmp(option->name, "--only") || takes(option, "TARGET"))
		printf("\t%s) words=$_vtb_targets; return ;;\n", option->name);
	else if (!strcmp(option->name, "--implementation"))
		printf("\t%s) words=$_vtb_implementations; return ;;\n",
		       option->name);
	else if (takes(option, "DIR") || takes(option, "PATH"))
		printf("\t%s) files=-d; return ;;\n", option->name);
	else if (option->value[0])
		printf("\t%s) files=-f; return ;;\n", option->name);
}

/* All verbs' options that take a value, each once. */
static void put_values(void)
{
	struct help_option options[HELP_MAX_OPTIONS];
	char seen[4096] = " ", key[48];
	const struct verb *verb;
	size_t nr, i;

	for (verb = verbs; verb->summary; verb++) {
		nr = verb->name ? help_options(verb->help, options) : 0;
		for (i = 0; i < nr; i++) {
			snprintf(key, sizeof(key), " %s ", options[i].name);
			if (!options[i].value[0] || strstr(seen, key) ||
			    strlen(seen) + strlen(key) >= sizeof(seen))
				continue;
			strcat(seen, key + 1);
			put_value(&options[i]);
		}
	}
}

static const char *words_of(const struct verb *verb)
{
	size_t i;

	for (i = 0; i < sizeof(verb_words) / sizeof(verb_words[0]); i++)
		if (!strcmp(verb_words[i].verb, verb->name))
			return verb_words[i].words;
	if (!strcmp(verb->name, "help"))
		return "$_vtb_verbs";
	/* "usage: vtb fuzz TARGET ..." */
	return strstr(verb->help, "TARGET") ? "$_vtb_targets" : "";
}

static void put_verbs(void)
{
	struct help_option options[HELP_MAX_OPTIONS];
	const struct verb *verb;
	size_t nr, i;

	for (verb = verbs; verb->summary; verb++) {
		if (!verb->name)
			continue;
		nr = help_options(verb->help, options);
		printf("\t%s) options=\"--help", verb->name);
		for (i = 0; i < nr; i++)
			printf(" %s", options[i].name);
		printf("\"; words=\"%s\" ;;\n", words_of(verb));
	}
}

/* "target" or "implementation" of all executables, each once. */
static void put_names(const char *variable, bool targets)
{
	struct cli_executable *list;
	size_t nr = cli_executables("asan", &list), i, j;

	printf("%s=\"", variable);
	for (i = 0; i < nr; i++) {
		const char *name = targets ? list[i].target :
					     list[i].implementation;

		for (j = 0; j < i; j++)
			if (!strcmp(name, targets ? list[j].target :
						    list[j].implementation))
				break;
		if (j == i)
			printf("%s%s", i ? " " : "", name);
	}
	printf("\"\n");
	free(list);
}

static void put_verb_names(void)
{
	const struct verb *verb;

	printf("_vtb_verbs=\"");
	for (verb = verbs; verb->summary; verb++)
		if (verb->name)
			printf("%s ", verb->name);
	printf("\"\n");
}

static const char script[] =
"# The verb is the first word that is neither an option nor --kernel's path.\n"
"_vtb()\n"
"{\n"
"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
"\tlocal verb='' i options='' words='' files=''\n"
"\n"
"\tCOMPREPLY=()\n"
"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
"\t\tcase ${COMP_WORDS[i]} in\n"
"\t\t--kernel) i=$((i + 1)) ;;\n"
"\t\t-*) ;;\n"
"\t\t*) verb=${COMP_WORDS[i]}; break ;;\n"
"\t\tesac\n"
"\tdone\n"
"\t_vtb_value \"$prev\"\n"
"\tif [[ $words || $files ]]; then\n"
"\t\t:\n"
"\telif [[ ! $verb ]]; then\n"
"\t\twords=\"$_vtb_verbs --help --version --kernel --no-install\"\n"
"\telse\n"
"\t\t_vtb_verb \"$verb\"\n"
"\t\t[[ $cur != -* ]] || words=$options\n"
"\t\t[[ $cur == -* ]] || files=-f\n"
"\tfi\n"
"\tif [[ $words ]]; then\n"
"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
"\tfi\n"
"\tif [[ $files ]]; then\n"
"\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen $files -- \"$cur\")\n"
"\tfi\n"
"}\n"
"complete -o filenames -F _vtb vtb\n";

int cmd_completion(int argc, char **argv)
{
	const struct cli_option options[] = { { NULL, CLI_FLAG, NULL } };
	struct cli_arguments arguments = {
		.verb = "completion", .help = help_completion,
		.options = options, .min_words = 1, .max_words = 1,
	};
	int code = cli_parse(&arguments, argc, argv);

	if (code >= 0)
		return code;
	if (strcmp(arguments.words[0], "bash")) {
		fprintf(stderr, "vtb: completion: expected bash, not '%s'\n",
			arguments.words[0]);
		return VTB_EXIT_USAGE;
	}
	printf("# bash completion of vtb, made by `vtb completion bash`\n");
	put_verb_names();
	put_names("_vtb_targets", true);
	put_names("_vtb_implementations", false);
	printf("\n_vtb_value()\n{\n\tcase $1 in\n");
	put_values();
	printf("\tesac\n}\n\n_vtb_verb()\n{\n\tcase $1 in\n");
	put_verbs();
	printf("\tesac\n}\n\n");
	fputs(script, stdout);
	return VTB_EXIT_CLEAN;
}
