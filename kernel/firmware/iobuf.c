/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iobuf.c - I/O buffers
 *
 * Descriptor and data are blocks of their own, so that whoever leaves the data
 * meets a red zone.
 */
#include <errno.h>
#include <stdlib.h>
#include <ipxe/iobuf.h>

struct io_buffer *alloc_iob(size_t len)
{
	struct io_buffer *iobuf = zalloc(sizeof(*iobuf));

	if (!iobuf)
		return NULL;
	iobuf->head = malloc(len);
	if (!iobuf->head) {
		free(iobuf);
		return NULL;
	}
	iobuf->data = iobuf->head;
	iobuf->tail = iobuf->head;
	iobuf->end = (char *)iobuf->head + len;
	return iobuf;
}

void free_iob(struct io_buffer *iobuf)
{
	if (!iobuf)
		return;
	free(iobuf->head);
	free(iobuf);
}

int iob_ensure_headroom(struct io_buffer *iobuf, size_t len)
{
	return iob_headroom(iobuf) < len ? -ENOBUFS : 0;
}
