// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_message.c - what the host says: messages and events
 *
 *	SynIC of a vCPU        interrupt           tasklet           work queue
 *	message page, slot 2 -----------> msg_dpc -------> handler, or ---> handler
 *	event page, slot 2 ---> channel's tasklet or callback
 *
 * A message is in memory that the host may write at any moment. It is copied
 * once, and nothing is read from the page after that but the flag that says
 * whether another one waits. Handlers that sleep get a copy of their own in a
 * work item: offers in order on one queue, rescinds on another, since an offer's
 * handler may wait for what only a rescind can end.
 */
#include <linux/interrupt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "hv_bus.h"

struct message_work {
	struct work_struct work;
	u32 bytes;
	u8 payload[HV_MESSAGE_PAYLOAD_BYTE_COUNT] __aligned(8);
};

/* -- messages ------------------------------------------------------------- */

/* Channels can be told of: there is a table of them, and it stays. */
static bool is_connected(void)
{
	return READ_ONCE(vmbus_connection.conn_state) == CONNECTED &&
	       READ_ONCE(vmbus_connection.channels);
}

static void message_work(struct work_struct *work)
{
	struct message_work *item;
	struct vmbus_channel_message_header *head;

	item = container_of(work, struct message_work, work);
	head = (void *)item->payload;
	/* While disconnecting nobody starts anything new. */
	if (is_connected())
		vmbus_onmessage(head);
	else if (head->msgtype == CHANNELMSG_OFFERCHANNEL)
		atomic_dec(&vmbus_connection.offer_in_progress);
	kfree(item);
}

/* -ENOMEM: try again. */
static int put_off(const struct hv_message *message, u32 type)
{
	struct message_work *item;
	struct workqueue_struct *queue = vmbus_connection.work_queue;

	item = kmalloc(sizeof(*item), GFP_ATOMIC);
	if (!item)
		return -ENOMEM;
	INIT_WORK(&item->work, message_work);
	item->bytes = message->header.payload_size;
	memcpy(item->payload, message->u.payload, item->bytes);

	/* A rescind waits until offers that came before it are known. */
	if (type == CHANNELMSG_OFFERCHANNEL)
		atomic_inc(&vmbus_connection.offer_in_progress);
	else if (type == CHANNELMSG_RESCIND_CHANNELOFFER)
		queue = vmbus_connection.rescind_work_queue;
	queue_work(queue, &item->work);
	return 0;
}

static const struct vmbus_channel_message_table_entry *
find_handler(const struct hv_message *message)
{
	const struct vmbus_channel_message_header *head =
		(const void *)message->u.payload;
	const struct vmbus_channel_message_table_entry *entry;
	u32 bytes = message->header.payload_size;

	if (bytes > HV_MESSAGE_PAYLOAD_BYTE_COUNT || bytes < sizeof(*head) ||
	    head->msgtype >= CHANNELMSG_COUNT)
		return NULL;
	entry = &channel_message_table[head->msgtype];
	if (!entry->message_handler || bytes < entry->min_payload_len)
		return NULL;
	return entry;
}

static int take_message(struct hv_message *message)
{
	const struct vmbus_channel_message_table_entry *entry;

	entry = find_handler(message);
	if (!entry) {
		pr_warn_once("a message that is none\n");
		return 0;
	}
	if (entry->handler_type == VMHT_BLOCKING)
		return is_connected() ? put_off(message, entry->message_type) :
					0;
	if (READ_ONCE(vmbus_connection.conn_state) != DISCONNECTED ||
	    entry->message_type == CHANNELMSG_UNLOAD_RESPONSE)
		entry->message_handler((void *)message->u.payload);
	return 0;
}

void vmbus_on_msg_dpc(unsigned long data)
{
	struct hv_per_cpu_context *hv_cpu = (void *)data;
	struct hv_message *slot = hv_cpu->synic_message_page;
	struct hv_message message;

	slot += VMBUS_MESSAGE_SINT;
	memcpy(&message, slot, sizeof(message));
	if (message.header.message_type == HVMSG_NONE)
		return;
	if (take_message(&message)) {
		/* The host waits for the slot, so nothing is lost. */
		tasklet_schedule(&hv_cpu->msg_dpc);
		return;
	}
	vmbus_signal_eom(slot, message.header.message_type);
}

/* -- events --------------------------------------------------------------- */

/* Under sched_lock: who closes the channel takes its callback away in it. */
static void wake_channel(struct vmbus_channel *channel)
{
	void (*callback)(void *context) = channel->onchannel_callback;

	if (!callback)
		return;
	channel->interrupts++;
	if (channel->callback_mode == HV_CALL_ISR) {
		callback(channel->channel_callback_context);
		return;
	}
	if (channel->callback_mode == HV_CALL_BATCHED)
		hv_begin_read(&channel->inbound);
	tasklet_schedule(&channel->callback_event);
}

static void take_event(u32 relid)
{
	struct vmbus_channel *channel;

	rcu_read_lock();
	channel = relid2channel(relid);
	if (channel && !READ_ONCE(channel->rescind)) {
		spin_lock(&channel->sched_lock);
		wake_channel(channel);
		spin_unlock(&channel->sched_lock);
	}
	rcu_read_unlock();
}

static void take_events(void *page)
{
	union hv_synic_event_flags *events = page;
	unsigned long *flags = events[VMBUS_MESSAGE_SINT].flags;
	u32 relid;

	for_each_set_bit(relid, flags, HV_EVENT_FLAGS_COUNT)
		if (sync_test_and_clear_bit(relid, flags) && relid)
			take_event(relid);
}

void hv_message_isr(void)
{
	struct hv_per_cpu_context *hv_cpu = this_cpu_ptr(hv_context.cpu_context);
	struct hv_message *slot = hv_cpu->synic_message_page;

	take_events(hv_cpu->synic_event_page);
	slot += VMBUS_MESSAGE_SINT;
	if (READ_ONCE(slot->header.message_type) != HVMSG_NONE)
		tasklet_schedule(&hv_cpu->msg_dpc);
}
