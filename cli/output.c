/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.c - result files that appear complete or not at all
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

static int cannot_write(const struct output *output, int rc)
{
	fprintf(stderr, "vtb: cannot write %s: %s%s\n", output->path,
		strerror(-rc), rc == -ENOSPC ? " (the disk is full)" : "");
	return rc;
}

int output_open(struct output *output, const char *dir, const char *name)
{
	cli_path(output->path, "%s/%s", dir, name);
	cli_path(output->part, "%s.part", output->path);
	output->file = fopen(output->part, "we");
	return output->file ? 0 : cannot_write(output, -errno);
}

int output_close(struct output *output)
{
	int rc = ferror(output->file) ? -EIO : 0;

	if (fclose(output->file))
		rc = -errno;
	if (!rc && rename(output->part, output->path))
		rc = -errno;
	if (!rc)
		return 0;
	unlink(output->part);
	return cannot_write(output, rc);
}
