// SPDX-License-Identifier: GPL-2.0-only
/*
 * list_debug.c - checks of every list_add() and list_del()
 *
 * The kernel's headers call these before they touch a list (CONFIG_DEBUG_LIST).
 * A damaged list is a finding.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/poison.h>
#include <vtb/bridge.h>
#include <vtb/compat.h>

static bool corrupt(unsigned long caller, const char *what)
{
	vtb_finding("list-corruption", "list", (void *)caller, NULL, what,
		    "the links of the entry or of its neighbours do not fit together");
	return false;
}

bool VTB_LIST_ADD_VALID(struct list_head *new, struct list_head *prev,
			struct list_head *next)
{
	if (!prev || !next)
		return corrupt(_RET_IP_, "list_add() next to a NULL entry");
	if (next->prev != prev || prev->next != next)
		return corrupt(_RET_IP_, "list_add() into a damaged list");
	if (new == prev || new == next)
		return corrupt(_RET_IP_, "list_add() of an entry that is already there");
	return true;
}
EXPORT_SYMBOL(VTB_LIST_ADD_VALID);

bool VTB_LIST_DEL_VALID(struct list_head *entry)
{
	if (entry->next == LIST_POISON1 || entry->prev == LIST_POISON2)
		return corrupt(_RET_IP_, "list_del() of a deleted entry");
	if (!entry->next || !entry->prev)
		return corrupt(_RET_IP_, "list_del() of an entry that was never added");
	if (entry->prev->next != entry || entry->next->prev != entry)
		return corrupt(_RET_IP_, "list_del() from a damaged list");
	return true;
}
EXPORT_SYMBOL(VTB_LIST_DEL_VALID);
