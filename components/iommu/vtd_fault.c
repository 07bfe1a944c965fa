// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_fault.c - requests the unit refused
 *
 * The unit keeps a few records, and raises an interrupt when the first one is
 * filled. The handler reads them, oldest first, and gives each back. Whoever
 * wants to know of those of a device hears of them later, in a thread.
 */
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include "vtd.h"

static void report(struct dmar_unit *unit, u64 address, u64 high)
{
	bool read = high & VTD_FAULT_READ;
	unsigned int source = VTD_FAULT_SOURCE(high);
	unsigned int reason = VTD_FAULT_REASON(high);
	const struct dmar_fault fault = {
		.source = source,
		.has_pasid = !!(high & VTD_FAULT_HAS_PASID),
		.pasid = VTD_FAULT_PASID(high),
		.perm = read ? NESTING_PERM_READ : NESTING_PERM_WRITE,
		.reason = reason,
		.address = address,
	};

	if (high & VTD_FAULT_HAS_PASID)
		dev_err(unit->dev, "%04x: %s %#llx of PASID %llu: fault %#x\n",
			source, read ? "read" : "write", address,
			VTD_FAULT_PASID(high), reason);
	else
		dev_err(unit->dev, "%04x: %s %#llx: fault %#x\n", source,
			read ? "read" : "write", address, reason);
	dmar_report_fault(unit, &fault);
}

static void read_records(struct dmar_unit *unit)
{
	u32 status = readl(unit->regs + VTD_FSTS_REG);
	unsigned int i = VTD_FSTS_FRI(status);
	unsigned int left = VTD_CAP_NFR(unit->cap);

	for (; status & VTD_FSTS_PPF && left; left--) {
		void __iomem *record = unit->regs + VTD_CAP_FRO(unit->cap) +
				       i * VTD_FAULT_BYTES;
		u64 high = readq(record + VTD_FAULT_HIGH);

		if (!(high & VTD_FAULT_VALID))
			break;
		report(unit, readq(record), high);
		writel(VTD_FAULT_CLEAR, record + VTD_FAULT_TOP);
		i = (i + 1) % VTD_CAP_NFR(unit->cap);
	}
	if (status & VTD_FSTS_PFO)
		writel(VTD_FSTS_PFO, unit->regs + VTD_FSTS_REG);
}

/* Faults and page requests share the line. */
static irqreturn_t interrupt(int irq, void *data)
{
	struct dmar_unit *unit = data;

	read_records(unit);
	dmar_reports_notify(unit);
	return IRQ_HANDLED;
}

int dmar_fault_init(struct dmar_unit *unit)
{
	int rc;

	if (unit->irq <= 0)
		return 0;
	rc = devm_request_irq(unit->dev, unit->irq, interrupt, 0,
			      "vtd", unit);
	if (rc)
		return rc;
	writel(unit->irq, unit->regs + VTD_FEDATA_REG);
	writel(VTD_MSI_ADDRESS, unit->regs + VTD_FEADDR_REG);
	writel(0, unit->regs + VTD_FEUADDR_REG);
	writel(0, unit->regs + VTD_FECTL_REG);
	return 0;
}
