/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPXE_LIST_H
#define _IPXE_LIST_H

#include <stddef.h>

/* An entry, or the head, of a ring of entries linked both ways. */
struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

#define LIST_HEAD_INIT(list)	{ &(list), &(list) }
#define LIST_HEAD(list)		struct list_head list = LIST_HEAD_INIT(list)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void firmware_list_link(struct list_head *entry,
				      struct list_head *prev,
				      struct list_head *next)
{
	entry->prev = prev;
	entry->next = next;
	prev->next = entry;
	next->prev = entry;
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	firmware_list_link(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry,
				 struct list_head *head)
{
	firmware_list_link(entry, head->prev, head);
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	/* Whoever follows it from now on falls. */
	entry->next = NULL;
	entry->prev = NULL;
}

static inline int list_empty(const struct list_head *head)
{
	return head->next == head;
}

/* Moves all of @list to the end of @head; @list is empty then. */
static inline void list_splice_tail_init(struct list_head *list,
					 struct list_head *head)
{
	if (list_empty(list))
		return;
	list->next->prev = head->prev;
	list->prev->next = head;
	head->prev->next = list->next;
	head->prev = list->prev;
	INIT_LIST_HEAD(list);
}

#define list_entry(entry, type, member)	container_of(entry, type, member)

#define list_first_entry(head, type, member)				\
	(list_empty(head) ? NULL :					\
	 list_entry((head)->next, type, member))

#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, typeof(*pos), member))

/* @pos may be taken out. */
#define list_for_each_entry_safe(pos, tmp, head, member)		\
	for (pos = list_entry((head)->next, typeof(*pos), member),	\
	     tmp = list_entry(pos->member.next, typeof(*tmp), member);	\
	     &pos->member != (head);					\
	     pos = tmp,							\
	     tmp = list_entry(tmp->member.next, typeof(*tmp), member))

#endif
