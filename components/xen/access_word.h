/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access_word.h - what a process does to a word of a page that a peer may have, too
 */
#ifndef XEN_ACCESS_WORD_H
#define XEN_ACCESS_WORD_H

#include <linux/compiler.h>
#include <linux/mm.h>

/* @offset is in words, and lies in the page. */
static inline void access_word(struct page *page, u32 offset, bool write,
			       u32 *value)
{
	u32 *word = (u32 *)page_address(page) + offset;

	if (write)
		WRITE_ONCE(*word, *value);
	else
		*value = READ_ONCE(*word);
}

#endif
