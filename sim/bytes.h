/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bytes.h - moving bytes that ASan would not let us touch
 *
 * Snapshots read and write poisoned memory and the shadow itself. Compiling
 * without ASan is not enough for that: libc's memcpy and memset are
 * intercepted, and compilers turn plain loops into calls of them.
 */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline void sim__copy(void *to, const void *from, size_t bytes)
{
#ifdef __x86_64__
	__asm__ volatile("rep movsb"
			 : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
#else
	volatile uint8_t *t = to;
	const volatile uint8_t *f = from;

	while (bytes--)
		*t++ = *f++;
#endif
}

static inline void sim__fill(void *to, uint8_t value, size_t bytes)
{
#ifdef __x86_64__
	__asm__ volatile("rep stosb"
			 : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
#else
	volatile uint8_t *t = to;

	while (bytes--)
		*t++ = value;
#endif
}

/*
 * Stores @words words and returns the end. The one instruction, unlike a loop,
 * does not read the cache lines it is about to overwrite.
 */
static inline void *sim__fill_words(void *to, uint64_t word, size_t words)
{
#ifdef __x86_64__
	__asm__ volatile("rep stosq"
			 : "+D"(to), "+c"(words) : "a"(word) : "memory");
	return to;
#else
	volatile uint8_t *t = to;
	unsigned int i;

	for (; words; words--)
		for (i = 0; i < sizeof(word); i++)
			*t++ = word >> (8 * i);
	return (void *)t;
#endif
}

#endif
