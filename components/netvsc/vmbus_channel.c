// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbus_channel.c - the rings of a device's channel
 *
 *	one allocation, one GPADL:
 *	| indices | data to the host | indices | data from the host |
 *	  page      out_len            page      in_len
 *
 * Indices lie in memory that the host writes. Ours are kept outside of it and
 * only told to the host; the host's is read once and has to be one before it is
 * used. What does not hold together makes the channel broken: nothing is read
 * or written until it is opened again, and nobody waits for it to get better.
 *
 * A packet is copied out of the ring before anything of it is looked at, and
 * its room given back before anything is done about it, so there is progress
 * whatever it holds.
 */
#include <errno.h>
#include <string.h>
#include <ipxe/barrier.h>
#include <ipxe/malloc.h>

#include "vmbus_internal.h"

#define RING_HEADER	PAGE_SIZE

/* Longest piece of received data. */
#define MAX_RANGE	0x10000u

#define FOOTER		sizeof(struct vmbus_packet_footer)

static size_t ring_bytes(const struct vmbus_device *vmdev)
{
	return RING_HEADER + vmdev->out_len + RING_HEADER + vmdev->in_len;
}

int vmbus_is_gone(struct vmbus_device *vmdev)
{
	return vmdev->rescinded || !vmdev->seen || vmdev->broken ||
	       vmbus_gpadl_is_obsolete(vmdev, vmdev->gpadl);
}

/* -- opening -------------------------------------------------------------- */

static int alloc_rings(struct vmbus_device *vmdev)
{
	size_t len = ring_bytes(vmdev);
	uint8_t *rings = malloc_phys(len, PAGE_SIZE);

	if (!rings)
		return -ENOMEM;
	memset(rings, 0, len);
	vmdev->out = (struct vmbus_ring *)rings;
	vmdev->in = (struct vmbus_ring *)(rings + RING_HEADER + vmdev->out_len);
	return 0;
}

static void free_rings(struct vmbus_device *vmdev)
{
	free_phys(vmdev->out, ring_bytes(vmdev));
	vmdev->out = NULL;
	vmdev->in = NULL;
}

static int post_open(struct vmbus_device *vmdev)
{
	struct vmbus_open_channel open;

	memset(&open, 0, sizeof(open));
	open.header.type = cpu_to_le32(VMBUS_OPEN_CHANNEL);
	open.channel = cpu_to_le32(vmdev->channel);
	open.id = cpu_to_le32(vmdev->gpadl);
	open.gpadl = cpu_to_le32(vmdev->gpadl);
	open.out_pages = cpu_to_le32((RING_HEADER + vmdev->out_len) /
				     PAGE_SIZE);
	return vmbus_post(vmdev->hv->vmbus, &open, sizeof(open));
}

static int post_close(struct vmbus_device *vmdev)
{
	struct vmbus_channel_message close;

	memset(&close, 0, sizeof(close));
	close.header.type = cpu_to_le32(VMBUS_CLOSE_CHANNEL);
	close.channel = cpu_to_le32(vmdev->channel);
	return vmbus_post(vmdev->hv->vmbus, &close, sizeof(close));
}

static int wait_opened(struct vmbus_device *vmdev)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;
	const struct vmbus_expected opened = {
		.type = VMBUS_OPEN_CHANNEL_RESULT,
		.len = sizeof(vmbus->message.opened),
		.nr_words = 2,
		.word = {
			{ offsetof(struct vmbus_open_channel_result, channel),
			  vmdev->channel },
			{ offsetof(struct vmbus_open_channel_result, id),
			  vmdev->gpadl },
		},
	};
	int rc = vmbus_wait(vmbus, &opened);

	if (rc)
		return rc;
	return vmbus->message.opened.status ? -EPROTO : 0;
}

/* Whatever the host has made of our message: the channel is closed. */
static int open_channel(struct vmbus_device *vmdev)
{
	int rc = post_open(vmdev);

	if (rc)
		return rc;
	rc = wait_opened(vmdev);
	/* Also if it has said no: it may have done it all the same. */
	if (rc)
		post_close(vmdev);
	return rc;
}

int vmbus_open(struct vmbus_device *vmdev, struct vmbus_channel_operations *op,
	       size_t out_len, size_t in_len, size_t mtu)
{
	int gpadl, rc;

	vmdev->out_len = out_len;
	vmdev->in_len = in_len;
	vmdev->out_prod = 0;
	vmdev->in_cons = 0;
	vmdev->nr_deferred = 0;
	vmdev->broken = 0;
	vmdev->mtu = mtu;
	vmdev->op = op;
	/* Rounded up: packets are copied in units of eight bytes. */
	vmdev->packet = malloc((mtu + 7) & ~7ul);
	if (!vmdev->packet)
		return -ENOMEM;
	rc = alloc_rings(vmdev);
	if (rc)
		goto err_rings;
	gpadl = vmbus_establish_gpadl(vmdev, (userptr_t)vmdev->out,
				      ring_bytes(vmdev));
	if (gpadl < 0) {
		rc = gpadl;
		goto err_establish;
	}
	vmdev->gpadl = gpadl;
	rc = open_channel(vmdev);
	if (rc)
		goto err_open;
	return 0;

err_open:
	if (vmbus_gpadl_teardown(vmdev, vmdev->gpadl))
		abandon_phys(vmdev->out);
	vmdev->gpadl = 0;
err_establish:
	free_rings(vmdev);
err_rings:
	free(vmdev->packet);
	vmdev->packet = NULL;
	return rc;
}

int vmbus_close(struct vmbus_device *vmdev)
{
	int rc;

	if (!vmbus_gpadl_is_obsolete(vmdev, vmdev->gpadl) &&
	    !vmdev->rescinded)
		post_close(vmdev);
	rc = vmbus_gpadl_teardown(vmdev, vmdev->gpadl);
	if (rc) {
		DBGC(vmdev, "VMBUS keeps rings for the host: %s\n",
		     strerror(rc));
		abandon_phys(vmdev->out);
	}
	vmdev->gpadl = 0;
	free_rings(vmdev);
	free(vmdev->packet);
	vmdev->packet = NULL;
	return rc ? -EBUSY : 0;
}

/* -- sending -------------------------------------------------------------- */

static int is_index(uint32_t index, uint32_t len)
{
	return index < len && !(index & 7);
}

static void produce(struct vmbus_device *vmdev, const void *data, size_t len)
{
	size_t first = vmdev->out_len - vmdev->out_prod;

	if (first > len)
		first = len;
	memcpy(vmdev->out->data + vmdev->out_prod, data, first);
	memcpy(vmdev->out->data, (const uint8_t *)data + first, len - first);
	vmdev->out_prod = (vmdev->out_prod + len) & (vmdev->out_len - 1);
}

/* Room for a packet of @len bytes and its footer? */
static int check_room(struct vmbus_device *vmdev, size_t len)
{
	uint32_t cons = le32_to_cpu(READ_ONCE(vmdev->out->cons));
	uint32_t used;

	if (!is_index(cons, vmdev->out_len)) {
		vmdev->broken = 1;
		return -EPIPE;
	}
	used = (vmdev->out_prod - cons) & (vmdev->out_len - 1);
	/* A ring that is filled to the brim would look empty. */
	return used + len + FOOTER < vmdev->out_len ? 0 : -ENOBUFS;
}

static void signal_host(struct vmbus_device *vmdev)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;
	uint8_t *out = (uint8_t *)vmbus->interrupt + PAGE_SIZE / 2;

	if (READ_ONCE(vmdev->out->intr_mask))
		return;
	if (vmdev->channel < PAGE_SIZE / 2 * 8)
		out[vmdev->channel / 8] |= 1 << (vmdev->channel % 8);
	hv_signal_event(vmdev->hv, VMBUS_EVENT_ID, 0);
}

/* @header: with descriptor; @data follows it, padded with zeroes. */
static int send(struct vmbus_device *vmdev, struct vmbus_packet_header *header,
		size_t header_len, const void *data, size_t len)
{
	static const uint8_t zeroes[8];
	size_t pad = -len & 7;
	struct vmbus_packet_footer footer;
	int rc;

	if (vmbus_is_gone(vmdev))
		return -EPIPE;
	if (header_len + len > vmdev->out_len)
		return -ERANGE;
	rc = check_room(vmdev, header_len + len + pad);
	if (rc)
		return rc;
	header->hdr_qlen = cpu_to_le16(header_len / 8);
	header->qlen = cpu_to_le16((header_len + len + pad) / 8);
	memset(&footer, 0, sizeof(footer));
	footer.prod = cpu_to_le32(vmdev->out_prod);
	produce(vmdev, header, header_len);
	if (len)
		produce(vmdev, data, len);
	produce(vmdev, zeroes, pad);
	produce(vmdev, &footer, sizeof(footer));
	/* The packet before the index that says it is there. */
	wmb();
	WRITE_ONCE(vmdev->out->prod, cpu_to_le32(vmdev->out_prod));
	/* The index before the look at whether the host wants to hear of it. */
	mb();
	signal_host(vmdev);
	return 0;
}

static int send_simple(struct vmbus_device *vmdev, unsigned int type,
		       unsigned int flags, uint64_t xid, const void *data,
		       size_t len)
{
	struct vmbus_packet_header header;

	memset(&header, 0, sizeof(header));
	header.type = cpu_to_le16(type);
	header.flags = cpu_to_le16(flags);
	header.xid = cpu_to_le64(xid);
	return send(vmdev, &header, sizeof(header), data, len);
}

int vmbus_send_control(struct vmbus_device *vmdev, uint64_t xid,
		       const void *data, size_t len)
{
	return send_simple(vmdev, VMBUS_DATA_INBAND, VMBUS_COMPLETION_REQUESTED,
			   xid, data, len);
}

int vmbus_send_cancellation(struct vmbus_device *vmdev, uint64_t xid)
{
	return send_simple(vmdev, VMBUS_CANCELLATION, 0, xid, NULL, 0);
}

#define MAX_DATA_PFNS	5	/* of one I/O buffer: up to 16 KiB */

int vmbus_send_data(struct vmbus_device *vmdev, uint64_t xid, const void *data,
		    size_t len, struct io_buffer *iobuf)
{
	union {
		struct vmbus_packet_header packet;
		struct vmbus_gpa_direct_header gpa;
		uint8_t bytes[sizeof(struct vmbus_gpa_direct_header) +
			      MAX_DATA_PFNS * sizeof(uint64_t)];
	} header;
	physaddr_t start = virt_to_phys(iobuf->data);
	unsigned int offset = start & (PAGE_SIZE - 1), nr, i;
	uint64_t pfn;

	nr = (offset + iob_len(iobuf) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	if (!iob_len(iobuf) || nr > MAX_DATA_PFNS)
		return -ERANGE;
	memset(&header, 0, sizeof(header));
	header.packet.type = cpu_to_le16(VMBUS_DATA_GPA_DIRECT);
	header.packet.flags = cpu_to_le16(VMBUS_COMPLETION_REQUESTED);
	header.packet.xid = cpu_to_le64(xid);
	header.gpa.range_count = cpu_to_le32(1);
	header.gpa.len = cpu_to_le32(iob_len(iobuf));
	header.gpa.offset = cpu_to_le32(offset);
	for (i = 0; i < nr; i++) {
		pfn = cpu_to_le64((start >> PAGE_SHIFT) + i);
		memcpy(header.bytes + sizeof(header.gpa) + i * sizeof(pfn),
		       &pfn, sizeof(pfn));
	}
	return send(vmdev, &header.packet,
		    sizeof(header.gpa) + nr * sizeof(pfn), data, len);
}

/* -- completions ---------------------------------------------------------- */

/* Those that found no room go first, and in order. */
static void flush_deferred(struct vmbus_device *vmdev)
{
	unsigned int nr = 0;

	while (nr < vmdev->nr_deferred &&
	       !send_simple(vmdev, VMBUS_COMPLETION, 0, vmdev->deferred[nr],
			    NULL, 0))
		nr++;
	vmdev->nr_deferred -= nr;
	memmove(&vmdev->deferred[0], &vmdev->deferred[nr],
		vmdev->nr_deferred * sizeof(vmdev->deferred[0]));
}

/*
 * The host keeps its buffers until they are completed, so a completion must not
 * be lost: without room it is sent later. vmbus_has_data() takes care that
 * there is a place to note it.
 */
int vmbus_send_completion(struct vmbus_device *vmdev, uint64_t xid,
			  const void *data, size_t len)
{
	int rc = -ENOBUFS;

	if (!vmdev->nr_deferred)
		rc = send_simple(vmdev, VMBUS_COMPLETION, 0, xid, data, len);
	if (rc != -ENOBUFS || len || vmdev->nr_deferred == VMBUS_MAX_DEFERRED)
		return rc;
	vmdev->deferred[vmdev->nr_deferred++] = xid;
	return 0;
}

/* -- receiving ------------------------------------------------------------ */

static void consume(struct vmbus_device *vmdev, uint32_t at, void *data,
		    size_t len)
{
	size_t first;

	at &= vmdev->in_len - 1;
	first = vmdev->in_len - at;
	if (first > len)
		first = len;
	memcpy(data, vmdev->in->data + at, first);
	memcpy((uint8_t *)data + first, vmdev->in->data, len - first);
}

/* Bytes in the ring from the host; 0 also if it makes no sense. */
static uint32_t available(struct vmbus_device *vmdev)
{
	uint32_t prod = le32_to_cpu(READ_ONCE(vmdev->in->prod));

	if (!is_index(prod, vmdev->in_len)) {
		vmdev->broken = 1;
		return 0;
	}
	/* The index before the packets it tells of. */
	rmb();
	return (prod - vmdev->in_cons) & (vmdev->in_len - 1);
}

int vmbus_has_data(struct vmbus_device *vmdev)
{
	if (vmbus_is_gone(vmdev))
		return 0;
	flush_deferred(vmdev);
	if (vmdev->nr_deferred == VMBUS_MAX_DEFERRED)
		return 0;
	return available(vmdev) != 0;
}

static void give_back(struct vmbus_device *vmdev, uint32_t len)
{
	uint32_t pending, prod, room;

	vmdev->in_cons = (vmdev->in_cons + len) & (vmdev->in_len - 1);
	/* All of the packet is read before the host may write over it. */
	mb();
	WRITE_ONCE(vmdev->in->cons, cpu_to_le32(vmdev->in_cons));
	mb();
	/* Has the host been waiting for just this room? */
	pending = le32_to_cpu(READ_ONCE(vmdev->in->pending_send_len));
	if (!pending)
		return;
	prod = le32_to_cpu(READ_ONCE(vmdev->in->prod));
	room = vmdev->in_len -
	       ((prod - vmdev->in_cons) & (vmdev->in_len - 1));
	if (room > pending && room - len <= pending)
		hv_signal_event(vmdev->hv, VMBUS_EVENT_ID, 0);
}

/*
 * Copies the next packet to vmdev->packet. Returns its length, or an error if
 * what came was none; either way it is out of the ring.
 */
static int take_packet(struct vmbus_device *vmdev, size_t *header_len)
{
	uint32_t there = available(vmdev);
	struct vmbus_packet_header header;
	size_t len;

	if (!there)
		return -EAGAIN;
	if (there < sizeof(header) + FOOTER)
		goto err_broken;
	consume(vmdev, vmdev->in_cons, &header, sizeof(header));
	*header_len = le16_to_cpu(header.hdr_qlen) * 8;
	len = le16_to_cpu(header.qlen) * 8;
	if (len < sizeof(header) || len + FOOTER > there)
		goto err_broken;
	if (*header_len < sizeof(header) || *header_len > len ||
	    len > vmdev->mtu) {
		give_back(vmdev, len + FOOTER);
		return -EPROTO;
	}
	/* Of the descriptor what was looked at counts, not what is there now. */
	memcpy(vmdev->packet, &header, sizeof(header));
	consume(vmdev, vmdev->in_cons + sizeof(header),
		(uint8_t *)vmdev->packet + sizeof(header),
		len - sizeof(header));
	give_back(vmdev, len + FOOTER);
	return len;

err_broken:
	/* Nobody knows where the next packet begins. */
	vmdev->broken = 1;
	return -EPROTO;
}

int vmbus_register_pages(struct vmbus_device *vmdev,
			 struct vmbus_xfer_pages *pages)
{
	list_add(&pages->list, &vmdev->pages);
	return 0;
}

void vmbus_unregister_pages(struct vmbus_device *vmdev,
			    struct vmbus_xfer_pages *pages)
{
	(void)vmdev;
	list_del(&pages->list);
}

static struct vmbus_xfer_pages *find_pages(struct vmbus_device *vmdev,
					   uint16_t pageset)
{
	struct vmbus_xfer_pages *pages;

	list_for_each_entry(pages, &vmdev->pages, list)
		if (pages->pageset == pageset)
			return pages;
	return NULL;
}

static void free_list(struct list_head *list)
{
	struct io_buffer *iobuf, *tmp;

	list_for_each_entry_safe(iobuf, tmp, list, list) {
		list_del(&iobuf->list);
		free_iob(iobuf);
	}
}

/* One piece of received data becomes a buffer at the end of @list. */
static int copy_range(struct vmbus_xfer_pages *pages,
		      const struct vmbus_xfer_range *range,
		      struct list_head *list)
{
	size_t len = le32_to_cpu(range->len);
	struct io_buffer *iobuf;
	int rc;

	if (!len || len > MAX_RANGE)
		return -ERANGE;
	iobuf = alloc_iob(len);
	if (!iobuf)
		return -ENOMEM;
	rc = pages->op->copy(pages, iob_put(iobuf, len),
			     le32_to_cpu(range->offset), len);
	if (rc) {
		free_iob(iobuf);
		return rc;
	}
	list_add_tail(&iobuf->list, list);
	return 0;
}

static int copy_ranges(struct vmbus_device *vmdev, size_t header_len,
		       struct list_head *list)
{
	const struct vmbus_xfer_page_header *header = vmdev->packet;
	struct vmbus_xfer_pages *pages;
	unsigned int count, i;
	int rc;

	if (header_len < sizeof(*header))
		return -EPROTO;
	count = le32_to_cpu(header->range_count);
	if (count > (header_len - sizeof(*header)) / sizeof(header->range[0]))
		return -EPROTO;
	pages = find_pages(vmdev, header->pageset);
	if (!pages)
		return -EPROTO;
	for (i = 0; i < count; i++) {
		rc = copy_range(pages, &header->range[i], list);
		if (rc)
			return rc;
	}
	return 0;
}

static int receive_data(struct vmbus_device *vmdev, uint64_t xid,
			size_t header_len, size_t len)
{
	const uint8_t *data = (const uint8_t *)vmdev->packet + header_len;
	LIST_HEAD(list);
	int rc = copy_ranges(vmdev, header_len, &list);

	if (rc) {
		free_list(&list);
		/* What we cannot use is the host's again. */
		vmbus_send_completion(vmdev, xid, NULL, 0);
		return rc;
	}
	return vmdev->op->recv_data(vmdev, xid, data, len - header_len, &list);
}

int vmbus_poll(struct vmbus_device *vmdev)
{
	struct vmbus_channel_operations *op = vmdev->op;
	const struct vmbus_packet_header *header = vmdev->packet;
	size_t header_len;
	const uint8_t *data;
	uint64_t xid;
	int len;

	if (vmbus_is_gone(vmdev))
		return -EPIPE;
	len = take_packet(vmdev, &header_len);
	if (len < 0)
		return len;
	xid = le64_to_cpu(header->xid);
	data = (const uint8_t *)vmdev->packet + header_len;
	switch (le16_to_cpu(header->type)) {
	case VMBUS_DATA_INBAND:
		return op->recv_control(vmdev, xid, data, len - header_len);
	case VMBUS_DATA_XFER_PAGES:
		return receive_data(vmdev, xid, header_len, len);
	case VMBUS_COMPLETION:
		return op->recv_completion(vmdev, xid, data, len - header_len);
	case VMBUS_CANCELLATION:
		return op->recv_cancellation(vmdev, xid);
	default:
		return -ENOTSUP;
	}
}

void vmbus_dump_channel(struct vmbus_device *vmdev)
{
	DBGC(vmdev, "VMBUS channel %d out %#x in %#x%s\n", vmdev->channel,
	     vmdev->out_prod, vmdev->in_cons,
	     vmdev->broken ? " (broken)" : "");
}
