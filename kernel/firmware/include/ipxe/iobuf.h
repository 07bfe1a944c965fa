/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iobuf.h - buffers that packets travel in
 *
 *	head        data            tail         end
 *	| headroom  | what is sent  | tailroom   |
 */
#ifndef _IPXE_IOBUF_H
#define _IPXE_IOBUF_H

#include <assert.h>
#include <ipxe/list.h>

struct io_buffer {
	struct list_head list;		/* of whoever owns it */
	void *head;
	void *data;
	void *tail;
	void *end;
};

/* One piece of memory with physical addresses. NULL: no memory. */
struct io_buffer *alloc_iob(size_t len);
void free_iob(struct io_buffer *iobuf);

static inline size_t iob_len(struct io_buffer *iobuf)
{
	return (char *)iobuf->tail - (char *)iobuf->data;
}

static inline size_t iob_headroom(struct io_buffer *iobuf)
{
	return (char *)iobuf->data - (char *)iobuf->head;
}

static inline size_t iob_tailroom(struct io_buffer *iobuf)
{
	return (char *)iobuf->end - (char *)iobuf->tail;
}

/* Headroom of an empty buffer. */
static inline void *iob_reserve(struct io_buffer *iobuf, size_t len)
{
	assert(len <= iob_tailroom(iobuf));
	iobuf->data = (char *)iobuf->data + len;
	iobuf->tail = (char *)iobuf->tail + len;
	return iobuf->data;
}

static inline void *iob_push(struct io_buffer *iobuf, size_t len)
{
	assert(len <= iob_headroom(iobuf));
	iobuf->data = (char *)iobuf->data - len;
	return iobuf->data;
}

static inline void *iob_pull(struct io_buffer *iobuf, size_t len)
{
	assert(len <= iob_len(iobuf));
	iobuf->data = (char *)iobuf->data + len;
	return iobuf->data;
}

/* More at the end; returns where it begins. */
static inline void *iob_put(struct io_buffer *iobuf, size_t len)
{
	void *old = iobuf->tail;

	assert(len <= iob_tailroom(iobuf));
	iobuf->tail = (char *)iobuf->tail + len;
	return old;
}

static inline void iob_unput(struct io_buffer *iobuf, size_t len)
{
	assert(len <= iob_len(iobuf));
	iobuf->tail = (char *)iobuf->tail - len;
}

/* Hands the buffer on: the variable does not name it any more. */
#define iob_disown(iobuf)						\
	({								\
		struct io_buffer *disowned_ = (iobuf);			\
		(iobuf) = NULL;						\
		disowned_;						\
	})

/* At least @len bytes of headroom, or -ENOBUFS: buffers do not move. */
int iob_ensure_headroom(struct io_buffer *iobuf, size_t len);

#endif
