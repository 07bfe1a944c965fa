// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffers.c - memory that is mapped
 *
 * Buffer 0 is a run of pages from start to end; others come from the kernel's
 * heap and go back there, so that others may have the memory when a device or a
 * copy comes late.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "client.h"

#define MAX_TRIES	64
#define ORDER		get_order(DMA_CLIENT_BUFFER_0)

static struct client_buffer *buffers[DMA_CLIENT_BUFFERS];
static DEFINE_SPINLOCK(lock);

static struct client_buffer *make(size_t bytes)
{
	struct client_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);

	if (!buffer)
		return NULL;
	buffer->bytes = bytes;
	buffer->data = kmalloc(bytes, GFP_KERNEL);
	if (!buffer->data) {
		kfree(buffer);
		return NULL;
	}
	return buffer;
}

static void destroy(struct client_buffer *buffer)
{
	kfree(buffer->data);
	kfree(buffer);
}

/* Pages at @low or higher: what is lower is tried and given back. */
static void *pages_above(phys_addr_t low)
{
	unsigned long tried[MAX_TRIES], at;
	unsigned int nr = 0;

	while ((at = __get_free_pages(GFP_KERNEL, ORDER))) {
		if (virt_to_phys((void *)at) >= low || nr == MAX_TRIES)
			break;
		tried[nr++] = at;
	}
	while (nr--)
		free_pages(tried[nr], ORDER);
	return (void *)at;
}

int client_buffers_init(phys_addr_t low)
{
	buffers[0] = kzalloc(sizeof(*buffers[0]), GFP_KERNEL);
	if (!buffers[0])
		return -ENOMEM;
	buffers[0]->bytes = DMA_CLIENT_BUFFER_0;
	buffers[0]->data = pages_above(low);
	if (buffers[0]->data)
		return 0;
	kfree(buffers[0]);
	return -ENOMEM;
}

void client_buffers_exit(void)
{
	unsigned int i;

	for (i = 1; i < DMA_CLIENT_BUFFERS; i++)
		if (buffers[i])
			destroy(buffers[i]);
	free_pages((unsigned long)buffers[0]->data, ORDER);
	kfree(buffers[0]);
}

static int enter(struct client_buffer *buffer)
{
	int id, rc = -ENOSPC;

	spin_lock(&lock);
	for (id = 1; id < DMA_CLIENT_BUFFERS && rc < 0; id++) {
		if (buffers[id])
			continue;
		buffers[id] = buffer;
		rc = id;
	}
	spin_unlock(&lock);
	return rc;
}

int client_buffer_new(struct dma_client_buffer *arg)
{
	struct client_buffer *buffer;
	int id;

	if (!arg->bytes || arg->bytes > DMA_CLIENT_MAX_BUFFER)
		return -EINVAL;
	buffer = make(arg->bytes);
	if (!buffer)
		return -ENOMEM;
	arg->phys = virt_to_phys(buffer->data);
	id = enter(buffer);
	if (id < 0)
		destroy(buffer);
	else
		arg->buffer = id;
	return min(id, 0);
}

int client_buffer_free(u32 id)
{
	struct client_buffer *buffer = NULL;
	int rc = -ENOENT;

	spin_lock(&lock);
	if (id && id < DMA_CLIENT_BUFFERS && buffers[id]) {
		rc = buffers[id]->users ? -EBUSY : 0;
		if (!rc)
			swap(buffer, buffers[id]);
	}
	spin_unlock(&lock);
	if (buffer)
		destroy(buffer);
	return rc;
}

struct client_buffer *client_buffer_get(u32 id)
{
	struct client_buffer *buffer = NULL;

	spin_lock(&lock);
	if (id < DMA_CLIENT_BUFFERS)
		buffer = buffers[id];
	if (buffer)
		buffer->users++;
	spin_unlock(&lock);
	return buffer;
}

void client_buffer_hold(struct client_buffer *buffer)
{
	spin_lock(&lock);
	buffer->users++;
	spin_unlock(&lock);
}

void client_buffer_put(struct client_buffer *buffer)
{
	spin_lock(&lock);
	buffer->users--;
	spin_unlock(&lock);
}

/* In blocks, as most drivers write. */
static void fill(u8 *to, u64 length, u32 stamp)
{
	u64 at, i, nr;
	u8 block[256];

	for (at = 0; at < length; at += nr) {
		nr = min_t(u64, length - at, sizeof(block));
		for (i = 0; i < nr; i++)
			block[i] = dma_client_byte(stamp, at + i);
		memcpy(to + at, block, nr);
	}
}

int client_buffer_fill(const struct dma_client_fill *arg)
{
	struct client_buffer *buffer = client_buffer_get(arg->buffer);
	int rc = -EINVAL;

	if (!buffer)
		return -ENOENT;
	if (arg->length <= buffer->bytes &&
	    arg->offset <= buffer->bytes - arg->length) {
		fill(buffer->data + arg->offset, arg->length, arg->stamp);
		rc = 0;
	}
	client_buffer_put(buffer);
	return rc;
}
