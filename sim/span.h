/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * span.h - bytes to bring back, as cheaply as can be
 *
 * Two thirds of a world are tables that are nearly empty: the same cache line
 * again and again, and mostly still so when the run is over. Such a span is
 * only looked at, and written where it has changed: it is not read from the
 * snapshot, and stays clean in the cache. What is read lies packed, in the
 * order of the list; lines that repeat lie there once, however many spans are
 * of them.
 */
#ifndef SIM_SPAN_H
#define SIM_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct sim_span {
	char *to;
	const char *from;
	size_t bytes;
	bool repeats;		/* the line at @from, all over */
};

struct sim_spans {
	struct sim_span *list;
	size_t nr;
	size_t max;
	char *store;		/* what all `from` point to, once packed */
};

/*
 * Divides [to, to + bytes), whose content is at @from until the list is packed.
 * -1: no memory.
 */
int sim__spans_add(struct sim_spans *spans, void *to, const void *from,
		   size_t bytes);

/* Takes over the content of all spans; none is added any more. -1: no memory. */
int sim__spans_pack(struct sim_spans *spans);

/* Spans [first, end), as `nr` was before and after adding them. */
void sim__spans_restore(const struct sim_spans *spans, size_t first,
			size_t end);
void sim__spans_free(struct sim_spans *spans);

#endif
