// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_user.c - the driver of all devices: user space says what to do
 *
 * A device has one struct port for its primary channel and one for each
 * sub-channel that came up; they stand in slots.
 *
 * Locking, from outside to inside:
 *
 *   device_lock	the driver is taken away once
 *   unit->lock		write: opening, closing, GPADLs, and the end, of the
 *			primary and its sub-channels; read: packets
 *   port->read_lock	one reader of a ring
 *   port->room_lock	one writer who waits for room in it, and says for how much
 *   slots_lock		who is in which slot; never held while waiting
 *
 * Who holds unit->lock may wait for the host. A rescind ends that waiting
 * before it takes the driver away.
 *
 * A sub-channel is opened when it appears, or not at all, since from then on
 * only closing its primary ends it (channel.c).
 */
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "hv_bus.h"

#define MAX_PACKET	(sizeof(struct vmpacket_descriptor) + \
			 HV_BUS_MAX_WORDS * sizeof(u32))
#define DATA_PAGES	2		/* that a packet points to */

struct unit {
	struct kref kref;
	struct hv_device *device;
	struct rw_semaphore lock;
	bool gone;			/* the host has taken it back */
	bool opened;
	struct hv_bus_open options;	/* of the last open */
};

struct port_gpadl {
	struct vmbus_gpadl gpadl;
	void *buffer;			/* NULL: free */
	unsigned int order;
};

struct port {
	struct kref kref;
	struct unit *unit;
	struct vmbus_channel *channel;
	bool is_sub;
	struct completion readable;	/* the host has something to say */
	struct completion writable;
	struct mutex read_lock;
	struct mutex room_lock;
	struct port_gpadl gpadls[HV_BUS_GPADLS];
	struct page *data;		/* what packets point to */
};

static DEFINE_SPINLOCK(slots_lock);
static struct port *slots[HV_BUS_SLOTS];
static DECLARE_WAIT_QUEUE_HEAD(slots_wait);

/* -- units, users, slots -------------------------------------------------- */

static void unit_free(struct kref *kref)
{
	kfree(container_of(kref, struct unit, kref));
}

static void port_free(struct kref *kref)
{
	struct port *port = container_of(kref, struct port, kref);

	kref_put(&port->unit->kref, unit_free);
	__free_pages(port->data, get_order(DATA_PAGES * PAGE_SIZE));
	kfree(port);
}

static void port_put(struct port *port)
{
	kref_put(&port->kref, port_free);
}

static struct port *port_new(struct unit *unit, struct vmbus_channel *channel)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	port->data = alloc_pages(GFP_KERNEL | __GFP_ZERO,
				 get_order(DATA_PAGES * PAGE_SIZE));
	if (!port->data) {
		kfree(port);
		return NULL;
	}
	kref_init(&port->kref);
	kref_get(&unit->kref);
	port->unit = unit;
	port->channel = channel;
	init_completion(&port->readable);
	init_completion(&port->writable);
	mutex_init(&port->read_lock);
	mutex_init(&port->room_lock);
	return port;
}

static int publish(struct port *port)
{
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < HV_BUS_SLOTS && slots[slot]; slot++)
		;
	if (slot < HV_BUS_SLOTS)
		slots[slot] = port;
	spin_unlock(&slots_lock);
	if (slot == HV_BUS_SLOTS)
		return -ENOSPC;
	wake_up_all(&slots_wait);
	return 0;
}

static void unpublish(const struct port *port)
{
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < HV_BUS_SLOTS; slot++)
		if (slots[slot] == port)
			slots[slot] = NULL;
	spin_unlock(&slots_lock);
}

static struct port *port_get(u32 slot)
{
	struct port *port;

	spin_lock(&slots_lock);
	port = slots[slot];
	if (port)
		kref_get(&port->kref);
	spin_unlock(&slots_lock);
	return port;
}

/* Devices appear a while after the host has been asked for them. */
static struct port *port_wait(u32 slot)
{
	struct port *port = NULL;

	if (slot < HV_BUS_SLOTS)
		wait_event_timeout(slots_wait, (port = port_get(slot)) != NULL,
				   HV_BUS_WAIT_JIFFIES);
	return port;
}

/* Takes a sub-channel of @unit out of its slot; NULL: there is none. */
static struct port *take_sub(const struct unit *unit)
{
	struct port *port = NULL;
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < HV_BUS_SLOTS && !port; slot++) {
		if (!slots[slot] || slots[slot]->unit != unit ||
		    !slots[slot]->is_sub)
			continue;
		port = slots[slot];
		slots[slot] = NULL;
	}
	spin_unlock(&slots_lock);
	return port;
}

/* By its channel, which need not be there any more. */
static struct port *find_port(const struct vmbus_channel *channel)
{
	struct port *port = NULL;
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < HV_BUS_SLOTS && !port; slot++)
		if (slots[slot] && slots[slot]->channel == channel)
			port = slots[slot];
	if (port)
		kref_get(&port->kref);
	spin_unlock(&slots_lock);
	return port;
}

/* -- GPADLs --------------------------------------------------------------- */

static int take_down(struct port *port, struct port_gpadl *gpadl)
{
	int rc = vmbus_teardown_gpadl(port->channel, &gpadl->gpadl);

	/* What the host may still know is lost rather than used again. */
	if (!rc && !gpadl->gpadl.decrypted)
		free_pages((unsigned long)gpadl->buffer, gpadl->order);
	gpadl->buffer = NULL;
	return rc;
}

static void take_down_all(struct port *port)
{
	unsigned int i;

	for (i = 0; i < HV_BUS_GPADLS; i++)
		if (port->gpadls[i].buffer)
			take_down(port, &port->gpadls[i]);
}

static long establish(struct port *port, struct hv_bus_gpadl *arg)
{
	struct port_gpadl *gpadl = port->gpadls;
	int rc;

	if (!arg->pages || arg->pages > HV_BUS_MAX_PAGES)
		return -EINVAL;
	while (gpadl < port->gpadls + HV_BUS_GPADLS && gpadl->buffer)
		gpadl++;
	if (gpadl == port->gpadls + HV_BUS_GPADLS)
		return -ENOSPC;
	memset(gpadl, 0, sizeof(*gpadl));
	gpadl->order = get_order(arg->pages * PAGE_SIZE);
	gpadl->buffer = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
						 gpadl->order);
	if (!gpadl->buffer)
		return -ENOMEM;
	rc = vmbus_establish_gpadl(port->channel, gpadl->buffer,
				   arg->pages * PAGE_SIZE, &gpadl->gpadl);
	if (rc) {
		if (!gpadl->gpadl.decrypted)
			free_pages((unsigned long)gpadl->buffer, gpadl->order);
		gpadl->buffer = NULL;
		return rc;
	}
	arg->index = gpadl - port->gpadls;
	return 0;
}

static long teardown(struct port *port, const struct hv_bus_gpadl *arg)
{
	if (arg->index >= HV_BUS_GPADLS || !port->gpadls[arg->index].buffer)
		return -EINVAL;
	return take_down(port, &port->gpadls[arg->index]);
}

/* -- opening and closing -------------------------------------------------- */

static void channel_event(void *context)
{
	struct port *port = context;

	complete(&port->readable);
	complete(&port->writable);
}

static int open_channel(struct port *port)
{
	const struct hv_bus_open *options = &port->unit->options;
	struct vmbus_channel *channel = port->channel;
	u32 bytes = options->pages * PAGE_SIZE;
	int rc;

	/* For good: what the bus has of a table it does not forget (channel.c). */
	if (!channel->rqstor_size)
		channel->rqstor_size = options->requests;
	channel->next_request_id_callback = vmbus_next_request_id;
	channel->request_addr_callback = vmbus_request_addr;
	channel->max_pkt_size = ALIGN(MAX_PACKET, sizeof(u64));
	channel->low_latency = options->low_latency;
	set_channel_read_mode(channel, HV_CALL_DIRECT);
	rc = vmbus_open(channel, bytes, bytes, NULL, 0, channel_event, port);
	/* Or else a late event of the host would call us. */
	if (rc)
		vmbus_reset_channel_cb(channel);
	return rc;
}

/* Runs on the bus's queue when a sub-channel has appeared. */
static void sub_created(struct vmbus_channel *channel)
{
	struct port *primary = find_port(channel->primary_channel);
	struct port *port;
	struct unit *unit;
	int rc = -ENODEV;

	if (!primary)
		return;
	unit = primary->unit;
	port = port_new(unit, channel);
	if (!port)
		goto out_put;
	port->is_sub = true;
	down_write(&unit->lock);
	if (!unit->gone && unit->opened)
		rc = open_channel(port);
	if (!rc)
		publish(port);
	up_write(&unit->lock);
	if (rc)
		port_put(port);
out_put:
	port_put(primary);
}

static void close_unit(struct port *primary)
{
	struct unit *unit = primary->unit;
	struct port *sub;

	if (!unit->opened)
		return;
	unit->opened = false;
	/* Its sub-channels are closed with it. */
	vmbus_close(primary->channel);
	while ((sub = take_sub(unit)))
		port_put(sub);
}

static long open_unit(struct port *port, const struct hv_bus_open *arg)
{
	struct unit *unit = port->unit;
	int rc;

	if (arg->pages < 2 || arg->pages > HV_BUS_RING_PAGES ||
	    arg->requests > HV_BUS_REQUESTS)
		return -EINVAL;
	if (unit->opened)
		return -EBUSY;
	unit->options = *arg;
	vmbus_set_sc_create_callback(port->channel, sub_created);
	rc = open_channel(port);
	unit->opened = !rc;
	return rc;
}

/* -- packets -------------------------------------------------------------- */

static int send_pages(struct port *port, struct hv_bus_packet *packet)
{
	struct {
		struct vmbus_packet_mpb_array head;
		u64 pfns[DATA_PAGES];
	} __packed desc = {
		.head = {
			.rangecount = 1,
			.range.len = DATA_PAGES * PAGE_SIZE,
		},
	};
	unsigned int i;

	for (i = 0; i < DATA_PAGES; i++)
		desc.pfns[i] = page_to_pfn(port->data) + i;
	return vmbus_sendpacket_mpb_desc(port->channel, &desc.head,
					 sizeof(desc), packet->data,
					 packet->words * sizeof(u32),
					 packet->id);
}

static int try_send(struct port *port, struct hv_bus_packet *packet)
{
	u32 flags = 0;

	if (packet->kind == HV_BUS_PAGES)
		return send_pages(port, packet);
	if (packet->kind == HV_BUS_COMPLETE)
		flags = VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED;
	return vmbus_sendpacket(port->channel, packet->data,
				packet->words * sizeof(u32), packet->id,
				VM_PKT_DATA_INBAND, flags);
}

/* Says how much room it needs before it looks what there is. */
static long send_later(struct port *port, struct hv_bus_packet *packet)
{
	struct vmbus_channel *channel = port->channel;
	u32 bytes = MAX_PACKET + 64;
	long rc;

	mutex_lock(&port->room_lock);
	while ((rc = try_send(port, packet)) == -EAGAIN) {
		set_channel_pending_send_size(channel, bytes);
		virt_mb();
		if (hv_get_bytes_to_write(&channel->outbound) > bytes)
			continue;
		if (!wait_for_completion_timeout(&port->writable,
						 HV_BUS_WAIT_JIFFIES))
			break;
	}
	set_channel_pending_send_size(channel, 0);
	mutex_unlock(&port->room_lock);
	return rc;
}

static long send(struct port *port, struct hv_bus_packet *packet)
{
	long rc;

	if (packet->kind >= HV_BUS_NR_KINDS ||
	    packet->words > HV_BUS_MAX_WORDS)
		return -EINVAL;
	rc = try_send(port, packet);
	return rc == -EAGAIN ? send_later(port, packet) : rc;
}

/* 0: there is something to read, and the host's signals are masked. */
static int wait_for_packet(struct port *port)
{
	struct hv_ring_buffer_info *inbound = &port->channel->inbound;

	while (!hv_get_bytes_to_read(inbound)) {
		if (hv_end_read(inbound) == 0 &&
		    !wait_for_completion_timeout(&port->readable,
						 HV_BUS_WAIT_JIFFIES))
			return -ETIMEDOUT;
		hv_begin_read(inbound);
	}
	return 0;
}

/* @raw: a packet as it was in the ring, copied. */
static int take_packet(const struct port *port, const void *raw, u32 bytes,
		       struct hv_bus_packet *packet)
{
	const struct vmpacket_descriptor *desc = raw;
	u32 offset = desc->offset8 << 3, whole = desc->len8 << 3;

	if (bytes < sizeof(*desc) || whole > bytes || offset < sizeof(*desc) ||
	    offset > whole)
		return -EIO;
	packet->kind = desc->type;
	packet->words = min_t(u32, (whole - offset) / sizeof(u32),
			      HV_BUS_MAX_WORDS);
	memcpy(packet->data, raw + offset, packet->words * sizeof(u32));
	packet->id = desc->trans_id;
	packet->received = 1;
	if (desc->type == VM_PKT_COMP && port->channel->rqstor_size) {
		packet->id = port->channel->request_addr_callback(
			port->channel, desc->trans_id);
		if (packet->id == VMBUS_RQST_ERROR)
			return -EBADMSG;
	}
	return 0;
}

static long recv(struct port *port, struct hv_bus_packet *packet)
{
	u32 bytes = 0;
	void *raw;
	u64 id;
	long rc;

	packet->received = 0;
	if (wait_for_packet(port))
		return 0;
	raw = kmalloc(ALIGN(MAX_PACKET, sizeof(u64)), GFP_KERNEL);
	if (!raw)
		return -ENOMEM;
	rc = vmbus_recvpacket_raw(port->channel, raw,
				  ALIGN(MAX_PACKET, sizeof(u64)), &bytes, &id);
	if (!rc && bytes)
		rc = take_packet(port, raw, bytes, packet);
	kfree(raw);
	return rc;
}

/* -- moving a channel to another vCPU ------------------------------------- */

/* As writing to the attribute `cpu` of a channel. */
static long set_target(struct port *port, const struct hv_bus_target *arg)
{
	struct vmbus_channel *channel = port->channel;
	long rc = 0;

	if (vmbus_proto_version < VERSION_WIN10_V4_1)
		return -EOPNOTSUPP;
	if (arg->cpu >= nr_cpu_ids)
		return -EINVAL;
	cpus_read_lock();
	mutex_lock(&vmbus_connection.channel_mutex);
	if (channel->state != CHANNEL_OPENED_STATE)
		rc = -EIO;
	else if (channel->target_cpu != arg->cpu)
		rc = vmbus_send_modifychannel(channel,
				hv_cpu_number_to_vp_number(arg->cpu));
	if (!rc)
		channel->target_cpu = arg->cpu;
	mutex_unlock(&vmbus_connection.channel_mutex);
	cpus_read_unlock();
	return rc;
}

/* -- calls ---------------------------------------------------------------- */

/* Asked from anywhere, while others read and write: what was, a moment ago. */
static void fill_state(const struct port *port, struct hv_bus_state *state)
{
	struct vmbus_channel *channel = port->channel;

	state->opened = port->unit->opened;
	if (!state->opened)
		return;
	state->channel = channel->offermsg.child_relid;
	state->readable_bytes =
		data_race(hv_get_bytes_to_read(&channel->inbound));
	state->writable_bytes =
		data_race(hv_get_bytes_to_write(&channel->outbound));
}

static long get_state(struct hv_bus_state *state)
{
	struct port *port = NULL;
	u32 slot = state->slot;

	memset(state, 0, sizeof(*state));
	state->slot = slot;
	state->version = vmbus_proto_version;
	if (slot < HV_BUS_SLOTS)
		port = port_get(slot);
	if (!port)
		return 0;
	state->present = 1;
	down_read(&port->unit->lock);
	if (!port->unit->gone)
		fill_state(port, state);
	up_read(&port->unit->lock);
	port_put(port);
	return 0;
}

static long call_packets(struct port *port, unsigned int cmd,
			 union hv_user_arg *arg)
{
	struct unit *unit = port->unit;
	long rc = -ENOTCONN;

	down_read(&unit->lock);
	if (!unit->gone && unit->opened) {
		if (cmd == HV_BUS_SEND) {
			rc = send(port, &arg->packet);
		} else if (cmd == HV_BUS_TARGET) {
			rc = set_target(port, &arg->target);
		} else {
			mutex_lock(&port->read_lock);
			rc = recv(port, &arg->packet);
			mutex_unlock(&port->read_lock);
		}
	}
	up_read(&unit->lock);
	return rc;
}

static long call_life(struct port *port, unsigned int cmd,
		      union hv_user_arg *arg)
{
	struct unit *unit = port->unit;
	long rc = -ENODEV;

	if (port->is_sub)
		return -EINVAL;
	down_write(&unit->lock);
	if (!unit->gone) {
		rc = 0;
		if (cmd == HV_BUS_OPEN)
			rc = open_unit(port, &arg->open);
		else if (cmd == HV_BUS_CLOSE)
			close_unit(port);
		else if (cmd == HV_BUS_ESTABLISH)
			rc = establish(port, &arg->gpadl);
		else
			rc = teardown(port, &arg->gpadl);
	}
	up_write(&unit->lock);
	return rc;
}

long hv_user_call(unsigned int cmd, union hv_user_arg *arg)
{
	struct port *port;
	long rc;

	if (cmd == HV_BUS_STATE)
		return get_state(&arg->state);
	port = port_wait(arg->slot);
	if (!port)
		return -ENODEV;
	switch (cmd) {
	case HV_BUS_SEND:
	case HV_BUS_RECV:
	case HV_BUS_TARGET:
		rc = call_packets(port, cmd, arg);
		break;
	case HV_BUS_OPEN:
	case HV_BUS_CLOSE:
	case HV_BUS_ESTABLISH:
	case HV_BUS_TEARDOWN:
		rc = call_life(port, cmd, arg);
		break;
	default:
		rc = -ENOTTY;
	}
	port_put(port);
	return rc;
}

/* -- the driver comes and goes -------------------------------------------- */

static struct port *primary_new(struct hv_device *device)
{
	struct unit *unit = kzalloc(sizeof(*unit), GFP_KERNEL);
	struct port *port;

	if (!unit)
		return NULL;
	kref_init(&unit->kref);
	init_rwsem(&unit->lock);
	unit->device = device;
	port = port_new(unit, device->channel);
	kref_put(&unit->kref, unit_free);
	return port;
}

int hv_user_probe(struct hv_device *device)
{
	struct port *port = primary_new(device);
	int rc;

	if (!port)
		return -ENOMEM;
	device_lock(&device->device);
	dev_set_drvdata(&device->device, port);
	rc = publish(port);
	if (rc)
		dev_set_drvdata(&device->device, NULL);
	device_unlock(&device->device);
	if (rc)
		port_put(port);
	return rc;
}

void hv_user_remove(struct hv_device *device)
{
	struct port *port;

	device_lock(&device->device);
	port = dev_get_drvdata(&device->device);
	if (port) {
		dev_set_drvdata(&device->device, NULL);
		unpublish(port);
		down_write(&port->unit->lock);
		port->unit->gone = true;
		take_down_all(port);
		close_unit(port);
		up_write(&port->unit->lock);
		port_put(port);
	}
	device_unlock(&device->device);
}

/* Any device that has the driver; it stays until put_device(). */
static struct hv_device *any_device(void)
{
	struct hv_device *device = NULL;
	unsigned int slot;

	spin_lock(&slots_lock);
	for (slot = 0; slot < HV_BUS_SLOTS && !device; slot++)
		if (slots[slot] && !slots[slot]->is_sub)
			device = slots[slot]->unit->device;
	if (device)
		get_device(&device->device);
	spin_unlock(&slots_lock);
	return device;
}

void hv_user_remove_all(void)
{
	struct hv_device *device;

	while ((device = any_device())) {
		hv_user_remove(device);
		put_device(&device->device);
	}
}
