/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * client.h - a driver that maps buffers for its devices (private to this folder)
 *
 *	platform.c  what the architecture does: the pool, what devices reach
 *	client.c    devices, mappings, the char device
 *	buffers.c   memory that is mapped
 */
#ifndef DMA_CLIENT_H
#define DMA_CLIENT_H

#include <linux/device.h>
#include <linux/types.h>

#include "dma_client_ioctl.h"

/*
 * struct client_buffer - memory of the driver
 * @users:	mappings of it, and calls that are at work on it
 */
struct client_buffer {
	void *data;
	size_t bytes;
	unsigned int users;
};

/* Buffer 0 lies at physical address @low or above. */
int client_buffers_init(phys_addr_t low);
void client_buffers_exit(void);

int client_buffer_new(struct dma_client_buffer *arg);
int client_buffer_free(u32 id);
/*
 * A user more, or NULL; the same less. Calls hold what they work on: what one has
 * written before its put() is seen by another after its get() or hold().
 */
struct client_buffer *client_buffer_get(u32 id);
void client_buffer_hold(struct client_buffer *buffer);
void client_buffer_put(struct client_buffer *buffer);
int client_buffer_fill(const struct dma_client_fill *arg);

/* Where the bus has memory, before the driver sees the device. */
int client_platform_configure(struct device *dev);

/* Memory below is wanted for a pool. */
phys_addr_t client_platform_low_memory(void);

void client_platform_info(struct dma_client_info *info);
int client_platform_start_pool(u64 bytes);
void client_platform_stop_pool(void);

#endif
