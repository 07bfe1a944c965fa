/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * span.h - bytes to bring back, as cheaply as can be
 *
 * Two thirds of a world are tables that are nearly empty: the same cache line
 * again and again, and mostly still so when the run is over. Such a span is
 * only looked at, and written where it has changed: it is not read from the
 * snapshot, and stays clean in the cache.
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
};

/*
 * Divides [to, to + bytes), whose content is at @from for as long as the list
 * is in use. -1: no memory.
 */
int sim__spans_add(struct sim_spans *spans, void *to, const void *from,
		   size_t bytes);

/* Spans [first, end), as `nr` was before and after adding them. */
void sim__spans_restore(const struct sim_spans *spans, size_t first,
			size_t end);
void sim__spans_free(struct sim_spans *spans);

#endif
