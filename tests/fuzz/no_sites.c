/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * no_sites.c - what asks for places of a kernel's code, where there is none
 */
#include <kernel/instance.h>

size_t kernel_sites(const struct kernel_site **sites)
{
	*sites = NULL;
	return 0;
}

size_t kernel_site_name(const struct kernel_site *site, char *text, size_t size)
{
	(void)site;
	(void)size;
	text[0] = '\0';
	return 0;
}

const char *kernel_site_kind_name(enum kernel_site_kind kind)
{
	(void)kind;
	return "";
}

const struct kernel_site *kernel_site_find(const char *name)
{
	(void)name;
	return NULL;
}

void kernel_ignore(struct sim *sim, const struct kernel_site *site)
{
	(void)sim;
	(void)site;
}
