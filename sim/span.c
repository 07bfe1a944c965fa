/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * span.c - bytes to bring back (span.h)
 */
#include "span.h"

#include <stdlib.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include "bytes.h"
#include "vector.h"

#define LINE_BYTES	64
#define LINE_VECTORS	(LINE_BYTES / sizeof(sim_vector))

/* Shorter repetitions are copied with what is around them. */
#define MIN_BYTES	512

/* Up to here a loop is faster than the instruction for it. */
#define SHORT_BYTES	2048

/* A line in registers. */
struct line {
	sim_vector v[LINE_VECTORS];
};

static inline struct line load_line(const char *from)
{
	struct line line;
	unsigned int i;

	for (i = 0; i < LINE_VECTORS; i++)
		line.v[i] = sim__load(from + i * sizeof(sim_vector));
	return line;
}

static inline sim_vector difference(const char *at, const struct line *line)
{
	sim_vector differ = { 0 };
	unsigned int i;

	for (i = 0; i < LINE_VECTORS; i++)
		differ |= sim__load(at + i * sizeof(sim_vector)) ^ line->v[i];
	return differ;
}

static inline void store_line(char *to, const struct line *line)
{
	unsigned int i;

	for (i = 0; i < LINE_VECTORS; i++)
		sim__store(to + i * sizeof(sim_vector), line->v[i]);
}

/* ---- dividing ----------------------------------------------------------- */

static int add(struct sim_spans *spans, const struct sim_span *span)
{
	struct sim_span *list;
	size_t max;

	if (!span->bytes)
		return 0;
	if (spans->nr == spans->max) {
		max = spans->max ? 2 * spans->max : 64;
		list = realloc(spans->list, max * sizeof(*list));
		if (!list)
			return -1;
		spans->list = list;
		spans->max = max;
	}
	spans->list[spans->nr++] = *span;
	return 0;
}

/* Bytes from @from on that are its first line again and again. */
static size_t repeated_bytes(const char *from, size_t bytes)
{
	struct line line;
	size_t n = LINE_BYTES;

	if (bytes < LINE_BYTES)
		return 0;
	line = load_line(from);
	while (bytes - n >= LINE_BYTES &&
	       sim__is_zero(difference(from + n, &line)))
		n += LINE_BYTES;
	return n;
}

int sim__spans_add(struct sim_spans *spans, void *to, const void *from,
		   size_t bytes)
{
	struct sim_span copy = { .to = to, .from = from };
	struct sim_span same = { .repeats = true };
	size_t n;

	while (bytes) {
		n = repeated_bytes(copy.from + copy.bytes, bytes);
		if (n < MIN_BYTES) {
			n = bytes < LINE_BYTES ? bytes : LINE_BYTES;
			copy.bytes += n;
			bytes -= n;
			continue;
		}
		same.to = copy.to + copy.bytes;
		same.from = copy.from + copy.bytes;
		same.bytes = n;
		if (add(spans, &copy) || add(spans, &same))
			return -1;
		copy.to = same.to + n;
		copy.from = same.from + n;
		copy.bytes = 0;
		bytes -= n;
	}
	return add(spans, &copy);
}

void sim__spans_free(struct sim_spans *spans)
{
	free(spans->store);
	free(spans->list);
}

/* ---- packing ------------------------------------------------------------ */

/* More different lines than worlds have; others are kept again and again. */
#define MAX_LINES	64

/* Where packing has got to. */
struct packing {
	char *lines;		/* those that repeat, each once */
	size_t nr_lines;
	char *at;		/* everything else, behind them */
};

static size_t line_up(size_t bytes)
{
	return (bytes + LINE_BYTES - 1) & ~(size_t)(LINE_BYTES - 1);
}

static const char *keep(struct packing *packing, const char *from, size_t bytes)
{
	char *kept = packing->at;

	sim__copy(kept, from, bytes);
	packing->at += line_up(bytes);
	return kept;
}

static const char *keep_line(struct packing *packing, const char *from)
{
	const struct line line = load_line(from);
	char *at = packing->lines;
	size_t i;

	for (i = 0; i < packing->nr_lines; i++, at += LINE_BYTES)
		if (sim__is_zero(difference(at, &line)))
			return at;
	if (i == MAX_LINES)
		return keep(packing, from, LINE_BYTES);
	packing->nr_lines++;
	store_line(at, &line);
	return at;
}

int sim__spans_pack(struct sim_spans *spans)
{
	struct sim_span *span, *end = spans->list + spans->nr;
	size_t bytes = MAX_LINES * LINE_BYTES;
	struct packing packing = { 0 };

	for (span = spans->list; span < end; span++)
		bytes += span->repeats ? LINE_BYTES : line_up(span->bytes);
	spans->store = aligned_alloc(LINE_BYTES, bytes);
	if (!spans->store)
		return -1;
	packing.lines = spans->store;
	packing.at = spans->store + MAX_LINES * LINE_BYTES;
	for (span = spans->list; span < end; span++)
		span->from = span->repeats ?
			     keep_line(&packing, span->from) :
			     keep(&packing, span->from, span->bytes);
	return 0;
}

/* ---- restoring ---------------------------------------------------------- */

/* Two lines at a time are looked at: there may be an odd one at the end. */
static void restore_lines(const struct sim_span *span)
{
	const struct line line = load_line(span->from);
	char *to = span->to, *end = to + span->bytes;

	for (; end - to >= 2 * LINE_BYTES; to += 2 * LINE_BYTES) {
		if (sim__is_zero(difference(to, &line) |
				 difference(to + LINE_BYTES, &line)))
			continue;
		store_line(to, &line);
		store_line(to + LINE_BYTES, &line);
	}
	if (to < end)
		store_line(to, &line);
}

#ifdef __x86_64__

#define HALF	(LINE_BYTES / 2)
#define WIDE	__attribute__((target("avx2")))

WIDE static inline __m256i load_half(const char *from)
{
	return _mm256_loadu_si256((const __m256i_u *)from);
}

WIDE static inline void store_half(char *to, __m256i half)
{
	_mm256_storeu_si256((__m256i_u *)to, half);
}

/* The same with registers of 32 bytes. */
WIDE static void restore_lines_wide(const struct sim_span *span)
{
	const __m256i a = load_half(span->from);
	const __m256i b = load_half(span->from + HALF);
	char *to = span->to, *end = to + span->bytes;

	for (; to < end; to += LINE_BYTES) {
		const __m256i differ = (load_half(to) ^ a) |
				       (load_half(to + HALF) ^ b);

		if (_mm256_testz_si256(differ, differ))
			continue;
		store_half(to, a);
		store_half(to + HALF, b);
	}
}

/* Most spans are short: the one instruction takes longer to begin than this. */
WIDE static void copy_wide(char *to, const char *from, size_t bytes)
{
	for (; bytes >= LINE_BYTES; bytes -= LINE_BYTES) {
		const __m256i a = load_half(from), b = load_half(from + HALF);

		store_half(to, a);
		store_half(to + HALF, b);
		to += LINE_BYTES;
		from += LINE_BYTES;
	}
	if (bytes)
		sim__copy(to, from, bytes);
}

static bool is_wide(void)
{
	return __builtin_cpu_supports("avx2");
}

#else

static void restore_lines_wide(const struct sim_span *span)
{
	restore_lines(span);
}

static void copy_wide(char *to, const char *from, size_t bytes)
{
	sim__copy(to, from, bytes);
}

static bool is_wide(void)
{
	return false;
}

#endif

void sim__spans_restore(const struct sim_spans *spans, size_t first,
			size_t last)
{
	const struct sim_span *span = spans->list + first;
	const struct sim_span *end = spans->list + last;
	bool wide = is_wide();

	for (; span < end; span++) {
		if (!span->repeats && wide && span->bytes < SHORT_BYTES)
			copy_wide(span->to, span->from, span->bytes);
		else if (!span->repeats)
			sim__copy(span->to, span->from, span->bytes);
		else if (wide)
			restore_lines_wide(span);
		else
			restore_lines(span);
	}
}
