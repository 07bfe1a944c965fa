/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input_set.c - sets of inputs, by hash, kept in files; see input_set.h
 *
 * A hash table with open addressing, at most half full: the hashes are good
 * enough to be places themselves.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "input_set.h"

uint64_t input_hash(const uint8_t *data, size_t size)
{
	uint64_t hash = XXH64(data, size, 0);

	return hash ? hash : 1;
}

/* Where it is, or the free place where it would be. */
static size_t place_of(const struct input_set *set, uint64_t hash)
{
	size_t at = hash % INPUT_SET_PLACES;

	while (set->places[at] && set->places[at] != hash)
		at = (at + 1) % INPUT_SET_PLACES;
	return at;
}

bool input_set_has(const struct input_set *set, uint64_t hash)
{
	return set->nr && set->places[place_of(set, hash)];
}

void input_set_add(struct input_set *set, uint64_t hash)
{
	size_t at = place_of(set, hash);

	if (!hash || set->places[at] || set->nr == INPUT_SET_MAX)
		return;
	set->places[at] = hash;
	set->nr++;
}

void input_set_load(struct input_set *set, const char *path)
{
	uint64_t hashes[512];
	ssize_t n, i;
	int fd;

	snprintf(set->path, sizeof(set->path), "%s", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	while ((n = read(fd, hashes, sizeof(hashes))) > 0)
		for (i = 0; i < n / (ssize_t)sizeof(hashes[0]); i++)
			input_set_add(set, hashes[i]);
	close(fd);
}

void input_set_append(const struct input_set *set, const uint64_t *hashes,
		      size_t nr)
{
	int fd;

	if (!set->path[0] || !nr)
		return;
	fd = open(set->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, hashes, nr * sizeof(hashes[0])) < 0)
		fprintf(stderr, "vtb: cannot write %s: %s\n", set->path,
			strerror(errno));
	close(fd);
}
