// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbus_gpadl.c - memory that is shared with the host, as lists of pages
 *
 *	establish: header (26 pages), bodies (28 each)  -> created
 *	tear down: teardown                             -> torndown
 *
 * The number of a GPADL holds the generation of the bus, so an old one is known
 * for what it is, and no number is used twice while an answer may still come:
 *
 *	31      20 19                 0
 *	| generation | serial, not 0   |	a positive int
 *
 * Neither part of it is ever 0, so 0, which is none, belongs to no generation.
 */
#include <errno.h>
#include <string.h>
#include <ipxe/malloc.h>

#include "vmbus_internal.h"

#define SERIAL_BITS	20
#define SERIAL_MASK	((1u << SERIAL_BITS) - 1)

#define HEADER_PFNS							\
	((HV_MESSAGE_BYTES - sizeof(struct vmbus_gpadl_header)) /	\
	 sizeof(uint64_t))
#define BODY_PFNS							\
	((HV_MESSAGE_BYTES - sizeof(struct vmbus_gpadl_body)) /		\
	 sizeof(uint64_t))

struct gpadl_range {
	physaddr_t first;		/* page frame */
	uint32_t offset;
	uint32_t len;
	unsigned int nr_pfns;
	unsigned int nr_sent;
};

static unsigned int new_number(struct vmbus *vmbus)
{
	vmbus->next_gpadl = (vmbus->next_gpadl + 1) & SERIAL_MASK;
	if (!vmbus->next_gpadl)
		vmbus->next_gpadl = 1;
	return vmbus->generation << SERIAL_BITS | vmbus->next_gpadl;
}

int vmbus_gpadl_is_obsolete(struct vmbus_device *vmdev, unsigned int gpadl)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;

	return gpadl >> SERIAL_BITS != vmbus->generation;
}

static unsigned int put_pfns(uint64_t *pfns, struct gpadl_range *range,
			     unsigned int max)
{
	unsigned int i, nr = range->nr_pfns - range->nr_sent;

	if (nr > max)
		nr = max;
	for (i = 0; i < nr; i++)
		pfns[i] = cpu_to_le64(range->first + range->nr_sent++);
	return nr;
}

static int post_header(struct vmbus_device *vmdev, unsigned int gpadl,
		       struct gpadl_range *range)
{
	union {
		struct vmbus_gpadl_header header;
		uint8_t bytes[HV_MESSAGE_BYTES];
	} message;
	uint64_t pfns[HEADER_PFNS];
	unsigned int nr;

	memset(&message, 0, sizeof(message));
	message.header.header.type = cpu_to_le32(VMBUS_GPADL_HEADER);
	message.header.channel = cpu_to_le32(vmdev->channel);
	message.header.gpadl = cpu_to_le32(gpadl);
	message.header.range_len =
		cpu_to_le16(2 * sizeof(uint32_t) +
			    range->nr_pfns * sizeof(uint64_t));
	message.header.range_count = cpu_to_le16(1);
	message.header.len = cpu_to_le32(range->len);
	message.header.offset = cpu_to_le32(range->offset);
	nr = put_pfns(pfns, range, HEADER_PFNS);
	memcpy(message.bytes + sizeof(message.header), pfns, nr * sizeof(*pfns));
	return vmbus_post(vmdev->hv->vmbus, &message,
			  sizeof(message.header) + nr * sizeof(*pfns));
}

static int post_body(struct vmbus_device *vmdev, unsigned int gpadl,
		     unsigned int number, struct gpadl_range *range)
{
	union {
		struct vmbus_gpadl_body body;
		uint8_t bytes[HV_MESSAGE_BYTES];
	} message;
	uint64_t pfns[BODY_PFNS];
	unsigned int nr;

	memset(&message, 0, sizeof(message));
	message.body.header.type = cpu_to_le32(VMBUS_GPADL_BODY);
	message.body.number = cpu_to_le32(number);
	message.body.gpadl = cpu_to_le32(gpadl);
	nr = put_pfns(pfns, range, BODY_PFNS);
	memcpy(message.bytes + sizeof(message.body), pfns, nr * sizeof(*pfns));
	return vmbus_post(vmdev->hv->vmbus, &message,
			  sizeof(message.body) + nr * sizeof(*pfns));
}

static int post_all(struct vmbus_device *vmdev, unsigned int gpadl,
		    struct gpadl_range *range)
{
	unsigned int number = 1;
	int rc = post_header(vmdev, gpadl, range);

	while (!rc && range->nr_sent < range->nr_pfns)
		rc = post_body(vmdev, gpadl, number++, range);
	return rc;
}

static int wait_created(struct vmbus_device *vmdev, unsigned int gpadl)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;
	const struct vmbus_expected created = {
		.type = VMBUS_GPADL_CREATED,
		.len = sizeof(vmbus->message.created),
		.nr_words = 2,
		.word = {
			{ offsetof(struct vmbus_gpadl_created, channel),
			  vmdev->channel },
			{ offsetof(struct vmbus_gpadl_created, gpadl), gpadl },
		},
	};
	int rc = vmbus_wait(vmbus, &created);

	if (rc)
		return rc;
	return vmbus->message.created.status ? -EPROTO : 0;
}

int vmbus_establish_gpadl(struct vmbus_device *vmdev, userptr_t data,
			  size_t len)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;
	physaddr_t start = user_to_phys(data, 0);
	struct gpadl_range range = {
		.first = start >> PAGE_SHIFT,
		.offset = start & (PAGE_SIZE - 1),
		.len = len,
	};
	unsigned int gpadl = new_number(vmbus);
	int rc;

	if (vmdev->rescinded)
		return -ENODEV;
	range.nr_pfns = (range.offset + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
	/* The length of the range has to fit its field. */
	if (!len || range.nr_pfns >= 0x10000 / sizeof(uint64_t) - 1)
		return -EINVAL;
	rc = post_all(vmdev, gpadl, &range);
	if (!rc)
		rc = wait_created(vmdev, gpadl);
	if (!rc)
		return gpadl;
	/*
	 * The host may have taken it, or still do so. A number that it has
	 * never heard of is torn down in vain, which is no harm.
	 */
	if (range.nr_sent && vmbus_gpadl_teardown(vmdev, gpadl))
		abandon_phys((void *)data);
	return rc;
}

int vmbus_gpadl_teardown(struct vmbus_device *vmdev, unsigned int gpadl)
{
	struct vmbus *vmbus = vmdev->hv->vmbus;
	const struct vmbus_expected torndown = {
		.type = VMBUS_GPADL_TORNDOWN,
		.len = sizeof(vmbus->message.torndown),
		.nr_words = 1,
		.word = {
			{ offsetof(struct vmbus_gpadl_torndown, gpadl), gpadl },
		},
	};
	struct vmbus_gpadl_teardown teardown;
	int rc;

	/* The host has no idea of it any more. */
	if (vmbus_gpadl_is_obsolete(vmdev, gpadl))
		return 0;
	memset(&teardown, 0, sizeof(teardown));
	teardown.header.type = cpu_to_le32(VMBUS_GPADL_TEARDOWN);
	teardown.channel = cpu_to_le32(vmdev->channel);
	teardown.gpadl = cpu_to_le32(gpadl);
	rc = vmbus_post(vmbus, &teardown, sizeof(teardown));
	if (rc)
		return rc;
	return vmbus_wait(vmbus, &torndown);
}
