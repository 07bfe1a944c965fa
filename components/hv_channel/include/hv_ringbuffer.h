/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_ringbuffer.h - the part of ring_buffer.c that the kernel keeps to itself
 *
 * Its prototypes are in drivers/hv/hyperv_vmbus.h, which code outside of that
 * folder cannot include. The rest, the iterator above all, is in
 * <linux/hyperv.h>.
 */
#ifndef HV_RINGBUFFER_H
#define HV_RINGBUFFER_H

#include <linux/hyperv.h>
#include <linux/uio.h>

void hv_ringbuffer_pre_init(struct vmbus_channel *channel);
int hv_ringbuffer_init(struct hv_ring_buffer_info *ring_info,
		       struct page *pages, u32 page_cnt, u32 max_pkt_size);
void hv_ringbuffer_cleanup(struct hv_ring_buffer_info *ring_info);
int hv_ringbuffer_write(struct vmbus_channel *channel,
			const struct kvec *kv_list, u32 kv_count,
			u64 requestid, u64 *trans_id);
int hv_ringbuffer_read(struct vmbus_channel *channel, void *buffer, u32 buflen,
		       u32 *buffer_actual_len, u64 *requestid, bool raw);

/* What ring_buffer.c wants of the bus: tells the host to look. */
void vmbus_setevent(struct vmbus_channel *channel);

#endif
