// SPDX-License-Identifier: GPL-2.0-only
/*
 * lockcheck.c - lock rules that hold for every kind of lock
 *
 * Each context (task, interrupt) has a list of the locks it holds. Locks that
 * are initialised in the same function under the same name are one class; a
 * lock the compiler initialised is a class of its own. Taking class B while
 * holding class A makes the edge A -> B, with the place where B was taken:
 *
 *    task 1:  lock(A)  lock(B)        edge A -> B
 *    task 2:  lock(B)  lock(A)        edge B -> A: both are reported
 *
 * So an inversion is found although the two never ran at the same time.
 *
 * Assumptions, on the side of silence:
 * - Subclasses (mutex_lock_nested) are lost in this configuration, so two locks
 *   of one class may nest in any order.
 * - Only cycles of two classes are looked for.
 * - A trylock makes no edge to its lock. Readers are treated as writers, but
 *   may nest with themselves.
 */
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <vtb/runtime.h>
#include "lockcheck.h"

#define MAX_CLASSES	128	/* a power of two, as are the edges */
#define MAX_EDGES	512

/*
 * struct lock_class - a class, or one of the places that belong to one
 * @key:	where it is initialised, or the static lock
 * @name:	NULL for the latter
 * @class:	the first slot of the class, often this one
 */
struct lock_class {
	unsigned long key;
	const char *name;
	u16 class;
};

/* Edge from class @from to @to, which was taken at @pc. @from 0: unused. */
struct lock_edge {
	u16 from;
	u16 to;
	u32 pc;
};

struct lock_graph {
	struct lock_class classes[MAX_CLASSES];
	struct lock_edge edges[MAX_EDGES];
	unsigned int nr_classes;
	unsigned int nr_edges;
};

static struct lock_graph *graph;
static unsigned long nr_held;

unsigned long vtb_locks_held(void)
{
	return nr_held;
}

static struct lock_graph *get_graph(void)
{
	if (unlikely(!graph))
		graph = vtb_instance_alloc(sizeof(*graph), 8);
	return graph;
}

static struct vtb_held_locks *held_locks(void)
{
	/* Tasks have theirs with them; interrupts get theirs here, once. */
	if (unlikely(!vtb_this->locks))
		vtb_this->locks =
			vtb_instance_alloc(sizeof(struct vtb_held_locks), 8);
	return vtb_this->locks;
}

/* -- classes -------------------------------------------------------------- */

/* Slot of @key, or the free one for it. Slot 0 stays empty: it is no class. */
static struct lock_class *find_slot(unsigned long key)
{
	struct lock_graph *g = get_graph();
	unsigned int slot = hash_64(key, ilog2(MAX_CLASSES));

	while (!slot || (g->classes[slot].key && g->classes[slot].key != key))
		slot = (slot + 1) % MAX_CLASSES;
	return &g->classes[slot];
}

static bool same_class(const struct lock_class *a, const struct lock_class *b)
{
	return a->name && b->name && !strcmp(a->name, b->name) &&
	       !strcmp(vtb_symbol((const void *)a->key),
		       vtb_symbol((const void *)b->key));
}

/* An unrolled loop has several places that are one in the source. */
static u16 first_of_class(const struct lock_class *class)
{
	u16 slot;

	for (slot = 1; slot < MAX_CLASSES; slot++)
		if (graph->classes[slot].class == slot &&
		    same_class(&graph->classes[slot], class))
			return slot;
	return class - graph->classes;
}

static u16 find_class(unsigned long key, const char *name)
{
	struct lock_class *class = find_slot(key);

	if (class->key)
		return class->class;
	vtb_assert(++graph->nr_classes < MAX_CLASSES - 1);
	class->key = key;
	class->name = name;
	class->class = first_of_class(class);
	return class->class;
}

u16 vtb_lock_class(const char *name, unsigned long site)
{
	return find_class(site, name);
}

u16 vtb_lock_class_static(const void *lock)
{
	return find_class((unsigned long)lock, NULL);
}

const char *vtb_lock_class_name(u16 class)
{
	const struct lock_class *c = &get_graph()->classes[class];

	return c->name ? c->name : vtb_symbol((const void *)c->key);
}

/* -- order ---------------------------------------------------------------- */

/* The edge, or the free place for it. */
static struct lock_edge *find_edge(u16 from, u16 to)
{
	struct lock_graph *g = get_graph();
	unsigned int slot = hash_32(from << 16 | to, ilog2(MAX_EDGES));

	while (g->edges[slot].from &&
	       (g->edges[slot].from != from || g->edges[slot].to != to))
		slot = (slot + 1) % MAX_EDGES;
	return &g->edges[slot];
}

static void report_inversion(const struct vtb_lock_use *use,
			     const struct vtb_held *held,
			     const struct lock_edge *other)
{
	char what[160], why[160];

	scnprintf(what, sizeof(what), "takes %s while holding %s",
		  vtb_lock_class_name(use->class),
		  vtb_lock_class_name(held->class));
	scnprintf(why, sizeof(why), "%s took them in the other order",
		  vtb_symbol((const void *)(unsigned long)other->pc));
	vtb_finding("lock-order", vtb_lock_class_name(use->class),
		    (const void *)use->pc,
		    (const void *)(unsigned long)other->pc, what, why);
}

static void check_order(const struct vtb_lock_use *use,
			const struct vtb_held *held)
{
	const struct lock_edge *other = find_edge(use->class, held->class);
	struct lock_edge *edge;

	if (other->from)
		report_inversion(use, held, other);
	edge = find_edge(held->class, use->class);
	if (edge->from)
		return;
	vtb_assert(++graph->nr_edges < MAX_EDGES - 1);
	edge->from = held->class;
	edge->to = use->class;
	edge->pc = use->pc;
}

static void report_recursion(const struct vtb_lock_use *use,
			     const struct vtb_held *held)
{
	char what[160];

	scnprintf(what, sizeof(what), "takes %s, which it holds already",
		  vtb_lock_class_name(use->class));
	vtb_finding("lock-recursion", vtb_lock_class_name(use->class),
		    (const void *)use->pc,
		    (const void *)(unsigned long)held->pc, what,
		    "it would wait for itself");
}

void vtb_lock_check(const struct vtb_lock_use *use)
{
	const struct vtb_held_locks *locks = held_locks();
	unsigned int i;

	for (i = 0; i < locks->nr; i++) {
		const struct vtb_held *held = &locks->held[i];

		if (held->lock == use->lock) {
			if (!held->read || !use->read)
				report_recursion(use, held);
		} else if (held->class != use->class) {
			check_order(use, held);
		}
	}
}

/* -- holding -------------------------------------------------------------- */

void vtb_lock_acquired(const struct vtb_lock_use *use)
{
	struct vtb_held_locks *locks = held_locks();

	vtb_check_stack(use->lock, (const void *)use->pc);
	vtb_assert(locks->nr < VTB_MAX_HELD);
	locks->held[locks->nr++] = (struct vtb_held){
		.lock = use->lock,
		.pc = use->pc,
		.class = use->class,
		.read = use->read,
	};
	nr_held++;
}

static void report_not_held(const struct vtb_lock_use *use)
{
	char what[160];

	scnprintf(what, sizeof(what), "gives back %s, which it does not hold",
		  vtb_lock_class_name(use->class));
	vtb_finding("unlock-non-owner", vtb_lock_class_name(use->class),
		    (const void *)use->pc, NULL, what,
		    "only the context that took a lock may give it back");
}

void vtb_lock_released(const struct vtb_lock_use *use)
{
	struct vtb_held_locks *locks = held_locks();
	unsigned int i = locks->nr;

	while (i && locks->held[i - 1].lock != use->lock)
		i--;
	if (!i) {
		report_not_held(use);
		return;
	}
	for (; i < locks->nr; i++)
		locks->held[i - 1] = locks->held[i];
	locks->nr--;
	nr_held--;
}

const struct vtb_held *vtb_lock_newest(void)
{
	const struct vtb_held_locks *locks = held_locks();

	return locks->nr ? &locks->held[locks->nr - 1] : NULL;
}

void vtb_kernel_describe_locks(char *buf, unsigned long size)
{
	const struct vtb_held_locks *locks = vtb_this->locks;
	unsigned int i, nr = locks ? locks->nr : 0;
	int used = 0;

	if (!nr)
		scnprintf(buf, size, "none");
	for (i = 0; i < nr; i++)
		used += scnprintf(buf + used, size - used, "%s%s%s",
				  i ? ", " : "",
				  vtb_lock_class_name(locks->held[i].class),
				  locks->held[i].read ? " (reader)" : "");
}

/* -- other ---------------------------------------------------------------- */

void vtb_lock_bad(const void *lock, const char *kind, unsigned long pc)
{
	char what[160];

	/* The better reason, if it is one. */
	vtb_check_stack(lock, (const void *)pc);
	scnprintf(what, sizeof(what),
		  "uses a %s that is not initialised, destroyed or overwritten",
		  kind);
	vtb_finding("bad-lock", kind, (const void *)pc, NULL, what, NULL);
}

void vtb_lock_in_use(const struct vtb_lock_use *use, const char *verb)
{
	char what[160];

	scnprintf(what, sizeof(what), "%s %s while it is held", verb,
		  vtb_lock_class_name(use->class));
	vtb_finding("lock-in-use", vtb_lock_class_name(use->class),
		    (const void *)use->pc, NULL, what, NULL);
}

/* -- locks that are only said to be taken ------------------------------------ */

#define MAX_IGNORED	16

static struct {
	const void *lock;
	const struct vtb_context *context;
} ignored[MAX_IGNORED];
static unsigned int nr_ignored;

bool vtb_lock_ignored(const void *lock, unsigned long pc)
{
	if (likely(!vtb_is_ignored((const void *)pc)) ||
	    nr_ignored == MAX_IGNORED)
		return false;
	ignored[nr_ignored].lock = lock;
	ignored[nr_ignored++].context = vtb_this;
	vtb_preempt_point();
	return true;
}

bool vtb_unlock_ignored(const void *lock)
{
	unsigned int i;

	for (i = 0; i < nr_ignored; i++) {
		if (ignored[i].lock != lock || ignored[i].context != vtb_this)
			continue;
		ignored[i] = ignored[--nr_ignored];
		vtb_preempt_point();
		return true;
	}
	return false;
}
