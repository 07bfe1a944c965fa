/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mutant.c - site mutants of this executable: which there are, and whether a
 * program names one of them
 */
#include <jansson.h>
#include <string.h>

#include <kernel/instance.h>

#include "session.h"

static bool is_of(const struct kernel_site *site, const char *name)
{
	size_t n = strlen(site->function);

	return !strncmp(name, site->function, n) && name[n] == ':';
}

/* What exists: in that function, else which functions there are. */
static void say_choices(const char *name)
{
	const struct kernel_site *sites;
	size_t nr = kernel_sites(&sites), i;
	bool known = false;
	char text[KERNEL_SITE_NAME];

	for (i = 0; i < nr; i++) {
		if (!is_of(&sites[i], name))
			continue;
		kernel_site_name(&sites[i], text, sizeof(text));
		fprintf(stderr, "%s %s", known ? "," : "vtb: there are", text);
		known = true;
	}
	for (i = 0; i < nr && !known; i++)
		if (!i || strcmp(sites[i].function, sites[i - 1].function))
			fprintf(stderr, "%s %s", i ? "," :
				"vtb: functions with sites are",
				sites[i].function);
	fprintf(stderr, "%s\n", nr ? "" : "vtb: there are no sites here");
}

int mutant_check(const char *file, const char *name)
{
	if (!name[0] || kernel_site_find(name))
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: %s: %s has no site '%s' in flavour %s\n", file,
		session.implementation, name, VTB_FLAVOUR);
	say_choices(name);
	return VTB_EXIT_USAGE;
}

static json_t *json_site(const struct kernel_site *site)
{
	char name[KERNEL_SITE_NAME];

	kernel_site_name(site, name, sizeof(name));
	return json_pack("{s:s, s:s, s:s, s:i, s:I}", "name", name,
			 "function", site->function,
			 "kind", kernel_site_kind_name(site->kind),
			 "nth", (int)site->nth,
			 "address", (json_int_t)(uintptr_t)site->pc - 1);
}

int mutants_print(void)
{
	const struct kernel_site *sites;
	size_t nr = kernel_sites(&sites), i;
	json_t *list = json_array();

	for (i = 0; i < nr; i++)
		json_array_append_new(list, json_site(&sites[i]));
	json_dumpf(list, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(list);
	return VTB_EXIT_CLEAN;
}
