// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_channel.c - one VMBus channel without a bus around it
 *
 *    user ---- write ---> outbound ring ----> host     signal: hypercall
 *    user <--- read ----- inbound ring <----- host     signal: interrupt
 *
 * The rings themselves are drivers/hv/ring_buffer.c. This file brings them into
 * being as a channel does (pages, GPADL, open), and uses them as NetVSC does:
 * a reader drains with the host's interrupts masked, unmasks, looks once more
 * and sleeps; a writer who finds no room says how much he needs and sleeps.
 * Replies to messages are not waited for: that is the bus's business, and the
 * host of a channel without one has none to send.
 *
 * Life: the first open() makes the channel, the last release() closes it. The
 * host is told to forget the pages before they are freed.
 *
 * Locking: open_lock for life; read_lock and write_lock make one thread of each
 * side. The tasklet only completes.
 */
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/mshyperv.h>

#include "hv_channel_ioctl.h"
#include "hv_ringbuffer.h"

#define NR_PAGES	(2 * HV_CHANNEL_RING_PAGES)
#define GPADL		0xe1e10
#define MAX_PACKET	(sizeof(struct vmpacket_descriptor) + \
			 HV_CHANNEL_MAX_WORDS * sizeof(u32))

struct hv_channel {
	struct vmbus_channel *vmbus;
	struct completion readable;
	struct completion writable;
};

/* Input of HvPostMessage, TLFS 11.9. */
struct hv_message_input {
	u32 connection;
	u32 reserved;
	u32 type;
	u32 bytes;
	u8 payload[HV_MESSAGE_PAYLOAD_BYTE_COUNT];
};

struct gpadl_message {
	struct vmbus_channel_gpadl_header head;
	u32 byte_count;
	u32 byte_offset;
	u64 pfns[NR_PAGES];
} __packed;

static DEFINE_MUTEX(open_lock);
static unsigned int nr_open;
static struct hv_channel channel;
static DEFINE_MUTEX(read_lock);
static DEFINE_MUTEX(write_lock);

/* -- the bus's side ------------------------------------------------------- */

void vmbus_setevent(struct vmbus_channel *vmbus)
{
	/* A statistic: reader and writer may both be here. */
	data_race(vmbus->sig_events++);
	hv_do_fast_hypercall8(HVCALL_SIGNAL_EVENT, vmbus->sig_event);
}

static int post_message(const void *message, u32 bytes)
{
	struct hv_message_input *input;
	u64 status;

	/* Aligned, and in one page: the host takes its physical address. */
	input = (void *)get_zeroed_page(GFP_KERNEL);
	if (!input)
		return -ENOMEM;
	input->connection = 1;
	input->type = 1;
	input->bytes = bytes;
	memcpy(input->payload, message, bytes);
	status = hv_do_hypercall(HVCALL_POST_MESSAGE, input, NULL);
	free_page((unsigned long)input);
	return status & HV_HYPERCALL_RESULT_MASK ? -EIO : 0;
}

static int post_gpadl(const struct vmbus_channel *vmbus)
{
	struct gpadl_message message = {
		.head = {
			.header.msgtype = CHANNELMSG_GPADL_HEADER,
			.child_relid = HV_CHANNEL_RELID,
			.gpadl = GPADL,
			.range_buflen = sizeof(struct gpa_range) +
					NR_PAGES * sizeof(u64),
			.rangecount = 1,
		},
		.byte_count = NR_PAGES * PAGE_SIZE,
	};
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		message.pfns[i] = page_to_pfn(vmbus->ringbuffer_page) + i;
	return post_message(&message, sizeof(message));
}

static int post_open(const struct vmbus_channel *vmbus)
{
	struct vmbus_channel_open_channel message = {
		.header.msgtype = CHANNELMSG_OPENCHANNEL,
		.child_relid = HV_CHANNEL_RELID,
		.openid = HV_CHANNEL_RELID,
		.ringbuffer_gpadlhandle = GPADL,
		.downstream_ringbuffer_pageoffset = vmbus->ringbuffer_send_offset,
	};

	return post_message(&message, sizeof(message));
}

static int post_close(void)
{
	struct vmbus_channel_close_channel close = {
		.header.msgtype = CHANNELMSG_CLOSECHANNEL,
		.child_relid = HV_CHANNEL_RELID,
	};
	struct vmbus_channel_gpadl_teardown teardown = {
		.header.msgtype = CHANNELMSG_GPADL_TEARDOWN,
		.child_relid = HV_CHANNEL_RELID,
		.gpadl = GPADL,
	};
	int rc = post_message(&close, sizeof(close));

	return rc ? rc : post_message(&teardown, sizeof(teardown));
}

/* -- signals from the host ------------------------------------------------ */

static irqreturn_t channel_isr(int irq, void *dev)
{
	struct vmbus_channel *vmbus = channel.vmbus;

	hv_begin_read(&vmbus->inbound);
	tasklet_schedule(&vmbus->callback_event);
	return IRQ_HANDLED;
}

static void channel_event(unsigned long data)
{
	complete(&channel.readable);
	complete(&channel.writable);
}

/* -- reading and writing -------------------------------------------------- */

/* 0: there is something to read, and the host's signals are masked. */
static int wait_for_packet(struct hv_ring_buffer_info *inbound)
{
	while (!hv_get_bytes_to_read(inbound)) {
		if (hv_end_read(inbound) == 0 &&
		    !wait_for_completion_timeout(&channel.readable,
						 HV_CHANNEL_WAIT_JIFFIES))
			return -ETIMEDOUT;
		hv_begin_read(inbound);
	}
	return 0;
}

static int channel_read(struct hv_channel_packet *packet)
{
	struct vmbus_channel *vmbus = channel.vmbus;
	u32 bytes = 0;
	int rc;

	packet->received = 0;
	if (wait_for_packet(&vmbus->inbound))
		return 0;
	rc = hv_ringbuffer_read(vmbus, packet->data, sizeof(packet->data),
				&bytes, &packet->transaction, false);
	packet->words = bytes / sizeof(u32);
	packet->received = !rc && bytes;
	return rc;
}

/* As many packets as are there and fit. */
static int channel_drain(struct hv_channel_batch *batch)
{
	struct vmbus_channel *vmbus = channel.vmbus;
	struct vmpacket_descriptor *desc;
	u32 at = 0, words;

	batch->nr = 0;
	if (wait_for_packet(&vmbus->inbound))
		return 0;
	foreach_vmbus_pkt(desc, vmbus) {
		words = hv_pkt_datalen(desc) / sizeof(u32);
		if (batch->nr == batch->max ||
		    at + 1 + words > HV_CHANNEL_STREAM) {
			hv_pkt_iter_close(vmbus);
			break;
		}
		batch->stream[at++] = words;
		memcpy(&batch->stream[at], hv_pkt_data(desc),
		       words * sizeof(u32));
		at += words;
		batch->nr++;
	}
	return 0;
}

static int try_write(struct vmbus_channel *vmbus,
		     struct hv_channel_packet *packet)
{
	u32 bytes = packet->words * sizeof(u32), aligned = ALIGN(bytes, 8);
	struct vmpacket_descriptor desc = {
		.type = VM_PKT_DATA_INBAND,
		.offset8 = sizeof(desc) >> 3,
		.len8 = (sizeof(desc) + aligned) >> 3,
	};
	u64 padding = 0;
	const struct kvec parts[] = {
		{ .iov_base = &desc, .iov_len = sizeof(desc) },
		{ .iov_base = packet->data, .iov_len = bytes },
		{ .iov_base = &padding, .iov_len = aligned - bytes },
	};

	return hv_ringbuffer_write(vmbus, parts, ARRAY_SIZE(parts),
				   packet->transaction, NULL);
}

static int channel_write(struct hv_channel_packet *packet)
{
	struct vmbus_channel *vmbus = channel.vmbus;
	u32 bytes = MAX_PACKET + 16;
	int rc;

	if (packet->words > HV_CHANNEL_MAX_WORDS)
		return -EINVAL;
	while ((rc = try_write(vmbus, packet)) == -EAGAIN) {
		set_channel_pending_send_size(vmbus, bytes);
		virt_mb();	/* what we need before what there is */
		if (hv_get_bytes_to_write(&vmbus->outbound) > bytes)
			continue;
		if (!wait_for_completion_timeout(&channel.writable,
						 HV_CHANNEL_WAIT_JIFFIES))
			break;
	}
	set_channel_pending_send_size(vmbus, 0);
	return rc;
}

/* Asked from anywhere, while others read and write: what was, a moment ago. */
static int channel_state(struct hv_channel_state *state)
{
	struct vmbus_channel *vmbus = channel.vmbus;

	*state = (struct hv_channel_state){
		.readable_bytes =
			data_race(hv_get_bytes_to_read(&vmbus->inbound)),
		.writable_bytes =
			data_race(hv_get_bytes_to_write(&vmbus->outbound)),
		.read_signal = completion_done(&channel.readable),
		.write_signal = completion_done(&channel.writable),
	};
	return 0;
}

/* -- opening and closing -------------------------------------------------- */

static int init_rings(struct vmbus_channel *vmbus)
{
	int rc;

	vmbus->ringbuffer_page = alloc_pages(GFP_KERNEL | __GFP_ZERO,
					     get_order(NR_PAGES * PAGE_SIZE));
	if (!vmbus->ringbuffer_page)
		return -ENOMEM;
	vmbus->ringbuffer_pagecount = NR_PAGES;
	vmbus->ringbuffer_send_offset = HV_CHANNEL_RING_PAGES;
	hv_ringbuffer_pre_init(vmbus);
	rc = hv_ringbuffer_init(&vmbus->outbound, vmbus->ringbuffer_page,
				HV_CHANNEL_RING_PAGES, 0);
	if (rc)
		goto out_free;
	rc = hv_ringbuffer_init(&vmbus->inbound,
				vmbus->ringbuffer_page + HV_CHANNEL_RING_PAGES,
				HV_CHANNEL_RING_PAGES, ALIGN(MAX_PACKET, 8));
	if (rc)
		goto out_cleanup;
	return 0;

out_cleanup:
	/* Also of a ring that is mapped and has no buffer. */
	if (vmbus->inbound.ring_buffer)
		hv_ringbuffer_cleanup(&vmbus->inbound);
	hv_ringbuffer_cleanup(&vmbus->outbound);
out_free:
	__free_pages(vmbus->ringbuffer_page, get_order(NR_PAGES * PAGE_SIZE));
	return rc;
}

static void free_rings(struct vmbus_channel *vmbus)
{
	hv_ringbuffer_cleanup(&vmbus->outbound);
	hv_ringbuffer_cleanup(&vmbus->inbound);
	__free_pages(vmbus->ringbuffer_page, get_order(NR_PAGES * PAGE_SIZE));
}

static int channel_connect(struct vmbus_channel *vmbus)
{
	int rc = post_gpadl(vmbus);

	if (!rc)
		rc = post_open(vmbus);
	if (!rc)
		rc = request_irq(HV_CHANNEL_IRQ, channel_isr, 0, "hv-channel",
				 &channel);
	return rc;
}

static int channel_make(void)
{
	struct vmbus_channel *vmbus = kzalloc(sizeof(*vmbus), GFP_KERNEL);
	int rc;

	if (!vmbus)
		return -ENOMEM;
	vmbus->offermsg.child_relid = HV_CHANNEL_RELID;
	vmbus->sig_event = HV_CHANNEL_RELID;
	tasklet_init(&vmbus->callback_event, channel_event, 0);
	init_completion(&channel.readable);
	init_completion(&channel.writable);
	channel.vmbus = vmbus;
	rc = init_rings(vmbus);
	if (rc)
		goto out_kfree;
	rc = channel_connect(vmbus);
	if (rc)
		goto out_rings;
	return 0;

out_rings:
	/* The host may know the pages. If it keeps them, so do we. */
	if (!post_close())
		free_rings(vmbus);
out_kfree:
	kfree(vmbus);
	return rc;
}

static void channel_close(void)
{
	struct vmbus_channel *vmbus = channel.vmbus;

	free_irq(HV_CHANNEL_IRQ, &channel);
	tasklet_kill(&vmbus->callback_event);
	if (!post_close())
		free_rings(vmbus);
	kfree(vmbus);
}

/* -- the device file ------------------------------------------------------ */

union channel_arg {
	struct hv_channel_packet packet;
	struct hv_channel_batch batch;
	struct hv_channel_state state;
};

static int channel_call(unsigned int cmd, union channel_arg *arg)
{
	struct mutex *lock = cmd == HV_CHANNEL_WRITE ? &write_lock : &read_lock;
	int rc;

	mutex_lock(lock);
	if (cmd == HV_CHANNEL_WRITE)
		rc = channel_write(&arg->packet);
	else if (cmd == HV_CHANNEL_READ)
		rc = channel_read(&arg->packet);
	else if (cmd == HV_CHANNEL_DRAIN)
		rc = channel_drain(&arg->batch);
	else
		rc = channel_state(&arg->state);
	mutex_unlock(lock);
	return rc;
}

static long channel_ioctl(struct file *file, unsigned int cmd,
			  unsigned long user)
{
	void __user *from = (void __user *)user;
	union channel_arg *arg;
	long rc = 0;

	if (_IOC_TYPE(cmd) != 'H' || _IOC_SIZE(cmd) > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(arg, from, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	if (!rc)
		rc = channel_call(cmd, arg);
	if (!rc && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, arg, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	kfree(arg);
	return rc;
}

static int channel_open(struct inode *inode, struct file *file)
{
	int rc = 0;

	mutex_lock(&open_lock);
	if (!nr_open)
		rc = channel_make();
	if (!rc)
		nr_open++;
	mutex_unlock(&open_lock);
	return rc;
}

static int channel_release(struct inode *inode, struct file *file)
{
	mutex_lock(&open_lock);
	if (!--nr_open)
		channel_close();
	mutex_unlock(&open_lock);
	return 0;
}

static const struct file_operations channel_fops = {
	.owner = THIS_MODULE,
	.open = channel_open,
	.release = channel_release,
	.unlocked_ioctl = channel_ioctl,
};

static struct miscdevice channel_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hv-channel",
	.fops = &channel_fops,
};
module_misc_device(channel_device);

MODULE_DESCRIPTION("One VMBus channel");
MODULE_LICENSE("GPL");
