// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_queue.c - commands to the unit: what it has to forget
 *
 * Whoever has commands puts them into the ring with a wait command behind, and
 * polls the status word that the wait command writes. The words double as
 * state of the ring's entries:
 *
 *    FREE -> BUSY -> DONE -> FREE
 *
 * An entry is freed when all before it are done, by whoever sees it.
 *
 * The unit has to answer: until then memory it may reach cannot be given back.
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

enum entry_state { ENTRY_FREE, ENTRY_BUSY, ENTRY_DONE };

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

static void wait_for_status(struct dmar_unit *unit, const u32 *status)
{
	unsigned int left = TIMEOUT_US;

	while (READ_ONCE(*status) != ENTRY_DONE) {
		if (!left--)
			panic("VT-d: no answer, fault status %#x, head %#llx",
			      readl(unit->regs + VTD_FSTS_REG),
			      readq(unit->regs + VTD_IQH_REG));
		udelay(1);
	}
	/* Nothing that depends on the answer may be read before it. */
	dma_rmb();
}

void dmar_queue_run(struct dmar_unit *unit, const struct dmar_command *commands,
		   unsigned int nr)
{
	struct dmar_queue *queue = &unit->queue;
	unsigned int first, wait, i;
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	wait_for_room(queue, nr + 1, &flags);
	first = queue->tail;
	for (i = 0; i < nr; i++)
		put_command(queue, &commands[i]);
	wait = put_wait(queue);
	writeq(queue->tail * sizeof(*commands), unit->regs + VTD_IQT_REG);
	spin_unlock_irqrestore(&queue->lock, flags);

	wait_for_status(unit, &queue->status[wait]);

	spin_lock_irqsave(&queue->lock, flags);
	for (i = first; i != wait; i = (i + 1) % ENTRIES)
		queue->status[i] = ENTRY_DONE;
	free_done(queue);
	spin_unlock_irqrestore(&queue->lock, flags);
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

void dmar_flush_domain(struct dmar_unit *unit, u16 domain_id)
{
	const struct dmar_command command = { {
		VTD_QI_IOTLB | VTD_IOTLB_DOMAIN | drains(unit) |
		VTD_QI_DOMAIN(domain_id),
	} };

	dmar_queue_run(unit, &command, 1);
}

/*
 * A command takes an aligned block of 2^order pages: the smallest one that has
 * both ends in it.
 */
void dmar_flush_range(struct dmar_unit *unit, u16 domain_id,
		     const struct dmar_range *range)
{
	unsigned long first = range->first >> PAGE_SHIFT;
	unsigned int order = fls64(first ^ (range->last >> PAGE_SHIFT));
	struct dmar_command command;

	if (!(unit->cap & VTD_CAP_PSI) || order > VTD_CAP_MAMV(unit->cap)) {
		dmar_flush_domain(unit, domain_id);
		return;
	}
	first = round_down(first, 1ul << order);
	command = (struct dmar_command){ {
		VTD_QI_IOTLB | VTD_IOTLB_PAGES | drains(unit) |
		VTD_QI_DOMAIN(domain_id),
		(u64)first << PAGE_SHIFT | order |
		(range->leaves_only ? VTD_IOTLB_HINT : 0),
	} };
	dmar_queue_run(unit, &command, 1);
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
