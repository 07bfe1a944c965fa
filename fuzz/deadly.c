/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadly.c - inputs that end the process; see session.h
 */
#include "input_set.h"
#include "session.h"

/* Process-level, like the session. */
static struct input_set deadly;

void deadly_load(const char *findings_dir)
{
	char path[4096 + 16];

	snprintf(path, sizeof(path), "%s/.deadly", findings_dir);
	input_set_load(&deadly, path);
}

bool deadly_any(void)
{
	return deadly.nr;
}

bool deadly_is(uint64_t hash)
{
	return input_set_has(&deadly, hash);
}

void deadly_pass_over(uint64_t hash)
{
	input_set_add(&deadly, hash);
}

/* The process may be about to end: a failure here costs some time, no more. */
void deadly_add(uint64_t hash)
{
	input_set_add(&deadly, hash);
	input_set_append(&deadly, &hash, 1);
}
