/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.c - result files that appear complete or not at all
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
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
	char path[CLI_PATH];

	return output_open_path(output, cli_path(path, "%s/%s", dir, name));
}

int output_open_path(struct output *output, const char *path)
{
	cli_path(output->path, "%s", path);
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

void output_drop(struct output *output)
{
	fclose(output->file);
	unlink(output->part);
}

/* One write at the end of the file: two writers do not mix their lines. */
static int append_line(const char *path, const char *line)
{
	struct iovec parts[2] = {
		{ .iov_base = (void *)(uintptr_t)line,
		  .iov_len = strlen(line) },
		{ .iov_base = (void *)(uintptr_t)"\n", .iov_len = 1 },
	};
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	ssize_t n;
	int rc;

	if (fd < 0)
		return -errno;
	n = writev(fd, parts, 2);
	rc = n < 0 ? -errno : (size_t)n <= parts[0].iov_len ? -ENOSPC : 0;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

int output_append_json(const char *dir, const char *name, const json_t *json)
{
	struct output output;
	char *line = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER |
				      JSON_REAL_PRECISION(6));
	int rc;

	sim_assert(line);
	cli_path(output.path, "%s/%s", dir, name);
	rc = append_line(output.path, line);
	free(line);
	return rc ? cannot_write(&output, rc) : 0;
}
