/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadly.c - inputs that end the process, by hash; see session.h
 *
 * The list is a file of 8-byte hashes that processes append to as they die. A
 * hash is appended by one write(), so processes that share it do not mix.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "session.h"

#define MAX_DEADLY	65536

/* Process-level, like the session: sorted by what came first. */
static uint64_t deadly[MAX_DEADLY];
static size_t nr_deadly;
static char list_path[4096];

void deadly_load(const char *findings_dir)
{
	ssize_t n;
	int fd;

	snprintf(list_path, sizeof(list_path), "%s/.deadly", findings_dir);
	fd = open(list_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, deadly, sizeof(deadly));
	if (n > 0)
		nr_deadly = (size_t)n / sizeof(deadly[0]);
	close(fd);
}

bool deadly_is(const uint8_t *data, size_t size)
{
	uint64_t hash;
	size_t i;

	if (!nr_deadly)
		return false;
	hash = XXH64(data, size, 0);
	for (i = 0; i < nr_deadly; i++)
		if (deadly[i] == hash)
			return true;
	return false;
}

/* The process is about to end: a failure here costs some time, no more. */
void deadly_add(const uint8_t *data, size_t size)
{
	uint64_t hash = XXH64(data, size, 0);
	int fd;

	if (!list_path[0])
		return;
	fd = open(list_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	if (write(fd, &hash, sizeof(hash)) < 0)
		fprintf(stderr, "vtb: cannot write %s\n", list_path);
	close(fd);
}
