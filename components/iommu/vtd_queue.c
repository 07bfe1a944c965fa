// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_queue.c - commands to the unit: what it has to forget
 *
 * Whoever has commands puts them into the ring with a wait command behind, and
 * polls the status word that the wait command writes. The words double as
 * state of the ring's entries:
 *
 *    FREE -> BUSY -> DONE -> FREE
 *              `-> LOST -'
 *
 * An entry is freed when all before it are done, by whoever sees it.
 *
 * The unit has to answer: until then memory it may reach cannot be given back.
 * A device that has to forget translations of its own (ATS) may not: it is
 * gone, or broken. Then the unit stops after a while, and waits that were
 * pending never complete. Whoever waits for the device's answer notices, says
 * which waits are lost, and starts the unit again; theirs are run once more
 * (6.5.2.11).
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/panic.h>

#include "vtd.h"

#define ENTRIES		(PAGE_SIZE / sizeof(struct dmar_command))
#define TIMEOUT_US	1000000u
#define DEVICE_TRIES	3

enum entry_state { ENTRY_FREE, ENTRY_BUSY, ENTRY_DONE, ENTRY_LOST };

/* -- the ring -- */

static unsigned int put_command(struct dmar_queue *queue,
				const struct dmar_command *command)
{
	unsigned int at = queue->tail;

	queue->ring[at] = *command;
	queue->status[at] = ENTRY_BUSY;
	queue->tail = (at + 1) % ENTRIES;
	queue->nr_free--;
	return at;
}

static unsigned int put_wait(struct dmar_queue *queue)
{
	const struct dmar_command wait = { {
		VTD_QI_WAIT | VTD_WAIT_STATUS | VTD_WAIT_DATA(ENTRY_DONE),
		virt_to_phys(&queue->status[queue->tail]),
	} };

	return put_command(queue, &wait);
}

static void free_done(struct dmar_queue *queue)
{
	while (queue->nr_free < ENTRIES &&
	       READ_ONCE(queue->status[queue->head]) == ENTRY_DONE) {
		queue->status[queue->head] = ENTRY_FREE;
		queue->head = (queue->head + 1) % ENTRIES;
		queue->nr_free++;
	}
}

/* Gives up the lock while there is no room for @nr, keeping one entry empty. */
static void wait_for_room(struct dmar_queue *queue, unsigned int nr,
			  unsigned long *flags)
{
	while (queue->nr_free < nr + 1) {
		spin_unlock_irqrestore(&queue->lock, *flags);
		udelay(1);
		spin_lock_irqsave(&queue->lock, *flags);
	}
}

/* -- devices that do not answer -- */

static void mark_silent(struct dmar_unit *unit, u16 source)
{
	struct dmar_device *vdev;
	unsigned long flags;

	spin_lock_irqsave(&unit->lock, flags);
	list_for_each_entry(vdev, &unit->devices, entry)
		if (vdev->source == source)
			WRITE_ONCE(vdev->silent, true);
	spin_unlock_irqrestore(&unit->lock, flags);
}

/* All the unit has fetched and not answered; the caller has the lock. */
static void mark_lost(struct dmar_unit *unit)
{
	struct dmar_queue *queue = &unit->queue;
	unsigned int fetched = readq(unit->regs + VTD_IQH_REG) /
			       sizeof(struct dmar_command);
	unsigned int i;

	for (i = queue->head; i != fetched; i = (i + 1) % ENTRIES)
		if (READ_ONCE(queue->status[i]) == ENTRY_BUSY)
			WRITE_ONCE(queue->status[i], ENTRY_LOST);
}

static void restart_if_stopped(struct dmar_unit *unit)
{
	struct dmar_queue *queue = &unit->queue;
	unsigned long flags;

	if (!(readl(unit->regs + VTD_FSTS_REG) & VTD_FSTS_ITE))
		return;
	spin_lock_irqsave(&queue->lock, flags);
	if (readl(unit->regs + VTD_FSTS_REG) & VTD_FSTS_ITE) {
		mark_silent(unit, VTD_IQERCD_SOURCE(readq(unit->regs +
							  VTD_IQERCD_REG)));
		mark_lost(unit);
		writel(VTD_FSTS_ITE, unit->regs + VTD_FSTS_REG);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* -- running commands -- */

/*
 * -EAGAIN: the unit was stopped in between. Most answers come at once; the longer
 * one takes, the less often we look.
 */
static int wait_for_status(struct dmar_unit *unit, const u32 *status,
			   bool device)
{
	unsigned int waited = 0, step;
	u32 state;

	while ((state = READ_ONCE(*status)) == ENTRY_BUSY) {
		if (waited > TIMEOUT_US)
			panic("VT-d: no answer, fault status %#x, head %#llx",
			      readl(unit->regs + VTD_FSTS_REG),
			      readq(unit->regs + VTD_IQH_REG));
		step = 1 + waited / 16;
		udelay(step);
		waited += step;
		if (device)
			restart_if_stopped(unit);
	}
	/* Nothing that depends on the answer may be read before it. */
	dma_rmb();
	return state == ENTRY_LOST ? -EAGAIN : 0;
}

/* @device: a device has to answer. */
static int submit(struct dmar_unit *unit, const struct dmar_command *commands,
		  unsigned int nr, bool device)
{
	struct dmar_queue *queue = &unit->queue;
	unsigned int first, wait, i;
	unsigned long flags;
	int rc;

	spin_lock_irqsave(&queue->lock, flags);
	wait_for_room(queue, nr + 1, &flags);
	first = queue->tail;
	for (i = 0; i < nr; i++)
		put_command(queue, &commands[i]);
	wait = put_wait(queue);
	writeq(queue->tail * sizeof(*commands), unit->regs + VTD_IQT_REG);
	spin_unlock_irqrestore(&queue->lock, flags);

	rc = wait_for_status(unit, &queue->status[wait], device);

	spin_lock_irqsave(&queue->lock, flags);
	for (i = first; i != wait; i = (i + 1) % ENTRIES)
		queue->status[i] = ENTRY_DONE;
	if (rc)
		queue->status[wait] = ENTRY_DONE;
	free_done(queue);
	spin_unlock_irqrestore(&queue->lock, flags);
	return rc;
}

void dmar_queue_run(struct dmar_unit *unit, const struct dmar_command *commands,
		   unsigned int nr)
{
	while (submit(unit, commands, nr, false))
		;
}

int dmar_queue_init(struct dmar_unit *unit)
{
	struct dmar_queue *queue = &unit->queue;

	spin_lock_init(&queue->lock);
	queue->nr_free = ENTRIES;
	queue->ring = (void *)get_zeroed_page(GFP_KERNEL);
	queue->status = (void *)get_zeroed_page(GFP_KERNEL);
	if (queue->ring && queue->status)
		return 0;
	dmar_queue_exit(unit);
	return -ENOMEM;
}

void dmar_queue_exit(struct dmar_unit *unit)
{
	free_page((unsigned long)unit->queue.status);
	free_page((unsigned long)unit->queue.ring);
}

/* -- what there is to forget -- */

/* Units may leave it open whether writes and reads in flight are awaited. */
static u64 drains(const struct dmar_unit *unit)
{
	return (unit->cap & VTD_CAP_DWD ? VTD_IOTLB_DW : 0) |
	       (unit->cap & VTD_CAP_DRD ? VTD_IOTLB_DR : 0);
}

/* The smallest aligned block that has both ends in it, as 2^order pages. */
static unsigned int order_of(const struct dmar_range *range)
{
	return fls64(range->first >> PAGE_SHIFT ^ range->last >> PAGE_SHIFT);
}

static u64 block_of(const struct dmar_range *range, unsigned int order)
{
	return (u64)range->first >> PAGE_SHIFT >> order << order << PAGE_SHIFT;
}

static bool can_select(const struct dmar_unit *unit, unsigned int order)
{
	return unit->cap & VTD_CAP_PSI && order <= VTD_CAP_MAMV(unit->cap);
}

void dmar_flush_domain(struct dmar_unit *unit, u16 domain_id)
{
	const struct dmar_command command = { {
		VTD_QI_IOTLB | VTD_IOTLB_DOMAIN | drains(unit) |
		VTD_QI_DOMAIN(domain_id),
	} };

	dmar_queue_run(unit, &command, 1);
}

void dmar_flush_range(struct dmar_unit *unit, u16 domain_id,
		     const struct dmar_range *range)
{
	unsigned int order = order_of(range);
	struct dmar_command command;

	if (!can_select(unit, order)) {
		dmar_flush_domain(unit, domain_id);
		return;
	}
	command = (struct dmar_command){ {
		VTD_QI_IOTLB | VTD_IOTLB_PAGES | drains(unit) |
		VTD_QI_DOMAIN(domain_id),
		block_of(range, order) | order |
		(range->leaves_only ? VTD_IOTLB_HINT : 0),
	} };
	dmar_queue_run(unit, &command, 1);
}

void dmar_flush_pasid(struct dmar_unit *unit, u16 domain_id, u32 pasid,
		      const struct dmar_range *range)
{
	const u64 tag = VTD_QI_PASID_IOTLB | VTD_QI_DOMAIN(domain_id) |
			VTD_QI_PASID(pasid);
	struct dmar_command command = { { tag | VTD_PIOTLB_PASID } };
	unsigned int order = order_of(range);

	if (can_select(unit, order)) {
		command.words[0] = tag | VTD_PIOTLB_PAGES;
		command.words[1] = block_of(range, order) | order |
				   (range->leaves_only ? VTD_IOTLB_HINT : 0);
	}
	dmar_queue_run(unit, &command, 1);
}

void dmar_flush_pasid_entry(struct dmar_unit *unit, u16 domain_id, u32 pasid)
{
	const struct dmar_command command = { {
		VTD_QI_PASID_CACHE | VTD_PC_PASID | VTD_QI_DOMAIN(domain_id) |
		VTD_QI_PASID(pasid),
	} };

	dmar_queue_run(unit, &command, 1);
}

/*
 * A block of 2^order pages is an address whose bits below the block are ones,
 * but for the uppermost of them (4.2.2); all but bit 63 is everything.
 */
static u64 device_block(const struct dmar_range *range, u64 size)
{
	unsigned int order = order_of(range);

	if (!order)
		return block_of(range, 0);
	if (order > 51)
		return GENMASK_ULL(62, PAGE_SHIFT) | size;
	return block_of(range, order) |
	       ((1ull << (order - 1)) - 1) << PAGE_SHIFT | size;
}

static void run_on_device(struct dmar_device *vdev,
			  const struct dmar_command *command)
{
	unsigned int tries = 0;

	if (!vdev->ats || READ_ONCE(vdev->silent))
		return;
	while (submit(vdev->unit, command, 1, true)) {
		/* Others may be to blame, but not again and again. */
		if (++tries == DEVICE_TRIES)
			WRITE_ONCE(vdev->silent, true);
		if (READ_ONCE(vdev->silent))
			break;
	}
	/* What it may remember is no good any more, so none of it counts. */
	if (READ_ONCE(vdev->silent))
		dmar_context_block(vdev);
}

void dmar_flush_device(struct dmar_device *vdev, u32 pasid,
		       const struct dmar_range *range)
{
	const struct dmar_command plain = { {
		VTD_QI_DEVICE_TLB | VTD_QI_DEVICE(vdev->source),
		device_block(range, VTD_DEVICE_SIZE),
	} };
	const struct dmar_command with_pasid = { {
		VTD_QI_PASID_DEVICE | VTD_QI_SOURCE(vdev->source) |
		VTD_QI_PASID(pasid),
		device_block(range, VTD_PASID_DEVICE_SIZE),
	} };

	run_on_device(vdev, pasid == VTD_RID_PASID ? &plain : &with_pasid);
}

void dmar_flush_whole_device(struct dmar_device *vdev)
{
	const struct dmar_command all_pasids = { {
		VTD_QI_PASID_DEVICE | VTD_QI_SOURCE(vdev->source),
		device_block(&dmar_all, VTD_PASID_DEVICE_SIZE) |
		VTD_PASID_DEVICE_ALL,
	} };

	dmar_flush_device(vdev, VTD_RID_PASID, &dmar_all);
	if (vdev->nr_pasids)
		run_on_device(vdev, &all_pasids);
}

/*
 * Once, whatever becomes of the wait: a wait that was lost had been fetched, and
 * so had the response in front of it. A device that hears twice has been told
 * about something it may have asked for since.
 */
void dmar_respond(struct dmar_unit *unit, const struct dmar_request *request,
		  unsigned int code)
{
	const struct dmar_command command = { {
		VTD_QI_PAGE_RESPONSE | VTD_QI_SOURCE(request->source) |
		VTD_RESPONSE_CODE(code) |
		(request->has_pasid ? VTD_RESPONSE_HAS_PASID |
				      VTD_QI_PASID(request->pasid) : 0),
		VTD_RESPONSE_LAST | VTD_RESPONSE_GROUP(request->group),
	} };

	submit(unit, &command, 1, false);
}

void dmar_flush_everything(struct dmar_unit *unit)
{
	const struct dmar_command commands[] = {
		{ { VTD_QI_CONTEXT | VTD_CONTEXT_GLOBAL } },
		{ { VTD_QI_PASID_CACHE | VTD_PC_GLOBAL } },
		{ { VTD_QI_IOTLB | VTD_IOTLB_GLOBAL | drains(unit) } },
	};

	dmar_queue_run(unit, commands, ARRAY_SIZE(commands));
}
