/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input_set.h - sets of inputs, by hash, kept in files (private to fuzz/)
 *
 * A file is nothing but 8-byte hashes, which processes append to. What is
 * appended goes out by one write(), so processes that share a file do not mix.
 * A set that is full, or a file that cannot be read or written, costs time and
 * nothing else.
 */
#ifndef FUZZ_INPUT_SET_H
#define FUZZ_INPUT_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INPUT_SET_MAX	65536
#define INPUT_SET_PLACES	(2 * INPUT_SET_MAX)

struct input_set {
	char path[4096];		/* "": it has no file */
	size_t nr;
	uint64_t places[INPUT_SET_PLACES];	/* 0: free */
};

/* Never 0. */
uint64_t input_hash(const uint8_t *data, size_t size);

/* Reads the file, if there is one, which is the set's from now on. */
void input_set_load(struct input_set *set, const char *path);
bool input_set_has(const struct input_set *set, uint64_t hash);

/* To the set in memory. */
void input_set_add(struct input_set *set, uint64_t hash);

/* To its file. */
void input_set_append(const struct input_set *set, const uint64_t *hashes,
		      size_t nr);

#endif
