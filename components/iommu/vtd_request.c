// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_request.c - pages that devices ask for, and who hears of faults
 *
 *    unit --> ring --> work --> handler --> ... --> iommu_nesting_respond()
 *                        `----> invalid, if nobody cares       |
 *    device <----------------- one answer per group <----------'
 *
 * A device that waits for an answer has to get one, and only one: whoever takes
 * the request off the list of its device gives it. Requests that nobody has
 * answered when their PASID, their handler or their device goes are answered
 * then, after all that lies in the ring has been looked at.
 *
 * Requests may come for what is gone by now. Those of a device that is not there
 * any more, and of PASIDs that are not attached, are answered at once.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "vtd.h"

#define RING_ENTRIES	(PAGE_SIZE / (VTD_PRQ_WORDS * sizeof(u64)))

/* -- devices and handlers -- */

/* The caller has unit->lock, and keeps it while he uses the device. */
static struct dmar_device *find_device(struct dmar_unit *unit, u16 source)
{
	struct dmar_device *vdev;

	list_for_each_entry(vdev, &unit->devices, entry)
		if (vdev->source == source)
			return vdev;
	return NULL;
}

static bool has_mappings(const struct dmar_attachment *at)
{
	return at->domain && at->domain->type & __IOMMU_DOMAIN_PAGING;
}

/* The caller has ways_lock. */
static struct dmar_attachment *find_way(struct dmar_device *vdev,
					bool has_pasid, u32 pasid)
{
	struct dmar_attachment *at;

	if (!has_pasid)
		return has_mappings(&vdev->plain) ? &vdev->plain : NULL;
	list_for_each_entry(at, &vdev->aux, in_device)
		if (at->pasid == pasid)
			return at;
	return NULL;
}

/* struct receiver - who is to hear of something */
struct receiver {
	struct dmar_device *vdev;
	nesting_fault_fn handler;
	void *data;
	u32 guest_pasid;
};

static bool find_receiver_locked(struct dmar_device *vdev, bool has_pasid,
				 u32 pasid, struct dmar_request *request,
				 struct receiver *receiver)
{
	struct dmar_attachment *at = find_way(vdev, has_pasid, pasid);

	if (!at || !vdev->handler)
		return false;
	*receiver = (struct receiver){
		.vdev = vdev,
		.handler = vdev->handler,
		.data = vdev->handler_data,
		.guest_pasid = at->guest_pasid,
	};
	if (request) {
		request->domain = at->domain;
		request->guest_pasid = at->guest_pasid;
		list_add_tail(&request->entry, &vdev->requests);
	}
	return true;
}

/*
 * With @request it is on the list when this returns true. The device stays as
 * long as the work runs that calls this: who removes it waits.
 */
static bool find_receiver(struct dmar_unit *unit, u16 source, bool has_pasid,
			  u32 pasid, struct dmar_request *request,
			  struct receiver *receiver)
{
	struct dmar_device *vdev;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&unit->lock, flags);
	vdev = find_device(unit, source);
	if (vdev) {
		spin_lock(&vdev->ways_lock);
		found = find_receiver_locked(vdev, has_pasid, pasid, request,
					     receiver);
		spin_unlock(&vdev->ways_lock);
	}
	spin_unlock_irqrestore(&unit->lock, flags);
	return found;
}

/* -- requests that wait -- */

typedef bool (*request_fits_fn)(const struct dmar_request *request,
				const void *key);

/* The first one that fits, off the list, or NULL. */
static struct dmar_request *take_request(struct dmar_device *vdev,
					 request_fits_fn fits, const void *key)
{
	struct dmar_request *request, *found = NULL;
	unsigned long flags;

	spin_lock_irqsave(&vdev->ways_lock, flags);
	list_for_each_entry(request, &vdev->requests, entry) {
		if (!fits(request, key))
			continue;
		found = request;
		list_del(&found->entry);
		break;
	}
	spin_unlock_irqrestore(&vdev->ways_lock, flags);
	return found;
}

static bool fits_any(const struct dmar_request *request, const void *key)
{
	return true;
}

/* It may be gone, and nobody else can have made another in its place. */
static bool fits_this(const struct dmar_request *request, const void *key)
{
	return request == key;
}

static bool fits_pasid(const struct dmar_request *request, const void *key)
{
	return request->pasid == *(const u32 *)key;
}

struct response_key {
	const struct iommu_domain *domain;
	const struct nesting_response *response;
};

static bool fits_response(const struct dmar_request *request, const void *key)
{
	const struct response_key *wanted = key;
	const struct nesting_response *response = wanted->response;
	bool has_pasid = response->flags & NESTING_RESPONSE_HAS_PASID;

	return request->domain == wanted->domain &&
	       request->group == response->group &&
	       request->has_pasid == has_pasid &&
	       (!has_pasid || request->guest_pasid == response->pasid);
}

static void answer(struct dmar_unit *unit, struct dmar_request *request,
		   unsigned int code)
{
	dmar_respond(unit, request, code);
	kfree(request);
}

void dmar_requests_drain(struct dmar_device *vdev, u32 pasid)
{
	struct dmar_request *request;

	if (!vdev->pri)
		return;
	dmar_reports_flush(vdev->unit);
	while ((request = take_request(vdev, fits_pasid, &pasid)))
		answer(vdev->unit, request, VTD_INVALID);
}

int iommu_nesting_respond(struct iommu_domain *domain, struct device *dev,
			  const struct nesting_response *response)
{
	static const unsigned int codes[] = {
		[NESTING_RESPONSE_SUCCESS] = VTD_SUCCESS,
		[NESTING_RESPONSE_INVALID] = VTD_INVALID,
		[NESTING_RESPONSE_FAILURE] = VTD_FAILURE,
	};
	const struct response_key key = { domain, response };
	struct dmar_device *vdev = dmar_device_of(dev);
	struct dmar_request *request;

	if (!vdev)
		return -ENODEV;
	request = take_request(vdev, fits_response, &key);
	if (!request)
		return -ENOENT;
	answer(vdev->unit, request, codes[response->code]);
	return 0;
}
EXPORT_SYMBOL_GPL(iommu_nesting_respond);

/* -- handlers -- */

int iommu_nesting_set_handler(struct device *dev, nesting_fault_fn handler,
			      void *data)
{
	struct dmar_device *vdev = dmar_device_of(dev);
	unsigned long flags;
	int rc = -EBUSY;

	if (!vdev)
		return -ENODEV;
	spin_lock_irqsave(&vdev->ways_lock, flags);
	if (!vdev->handler) {
		vdev->handler = handler;
		vdev->handler_data = data;
		rc = 0;
	}
	spin_unlock_irqrestore(&vdev->ways_lock, flags);
	return rc;
}
EXPORT_SYMBOL_GPL(iommu_nesting_set_handler);

void iommu_nesting_clear_handler(struct device *dev)
{
	struct dmar_device *vdev = dmar_device_of(dev);
	struct dmar_request *request;
	unsigned long flags;

	if (!vdev)
		return;
	spin_lock_irqsave(&vdev->ways_lock, flags);
	vdev->handler = NULL;
	spin_unlock_irqrestore(&vdev->ways_lock, flags);
	dmar_reports_flush(vdev->unit);
	while ((request = take_request(vdev, fits_any, NULL)))
		answer(vdev->unit, request, VTD_INVALID);
}
EXPORT_SYMBOL_GPL(iommu_nesting_clear_handler);

/* -- page requests, in the work -- */

static struct nesting_fault fault_of(const u64 *words)
{
	struct nesting_fault fault = {
		.argsz = sizeof(fault),
		.version = NESTING_VERSION,
		.type = NESTING_FAULT_PAGE,
		.group = VTD_PRQ_GROUP(words[1]),
		.addr = words[1] & VTD_PRQ_ADDRESS,
	};

	if (words[0] & VTD_PRQ_HAS_PASID)
		fault.flags |= NESTING_FAULT_HAS_PASID;
	if (words[1] & VTD_PRQ_LAST)
		fault.flags |= NESTING_FAULT_LAST;
	if (words[1] & VTD_PRQ_READ)
		fault.perm |= NESTING_PERM_READ;
	if (words[1] & VTD_PRQ_WRITE)
		fault.perm |= NESTING_PERM_WRITE;
	if (words[0] & VTD_PRQ_EXECUTE)
		fault.perm |= NESTING_PERM_EXEC;
	if (words[0] & VTD_PRQ_PRIVILEGED)
		fault.perm |= NESTING_PERM_PRIV;
	return fault;
}

/* Somebody may have answered meanwhile, then there is nothing to be done. */
static void tell_handler(const struct receiver *receiver,
			 const struct nesting_fault *fault,
			 const struct dmar_request *request)
{
	struct dmar_device *vdev = receiver->vdev;
	struct dmar_request *mine;

	if (!receiver->handler(vdev->dev, fault, receiver->data) || !request)
		return;
	mine = take_request(vdev, fits_this, request);
	if (mine)
		answer(vdev->unit, mine, VTD_INVALID);
}

static void fill_request(struct dmar_request *request, const u64 *words)
{
	request->source = VTD_PRQ_SOURCE(words[0]);
	request->group = VTD_PRQ_GROUP(words[1]);
	request->has_pasid = words[0] & VTD_PRQ_HAS_PASID;
	request->pasid = VTD_PRQ_PASID(words[0]);
}

static void page_request(struct dmar_unit *unit, const u64 *words)
{
	struct nesting_fault fault = fault_of(words);
	struct dmar_request *request = NULL, now = {};
	bool last = words[1] & VTD_PRQ_LAST;
	struct receiver receiver;

	fill_request(&now, words);
	if (last)
		request = kzalloc(sizeof(*request), GFP_KERNEL);
	if (request)
		fill_request(request, words);
	if ((last && !request) ||
	    !find_receiver(unit, now.source, now.has_pasid, now.pasid, request,
			   &receiver)) {
		kfree(request);
		if (last)
			dmar_respond(unit, &now, VTD_INVALID);
		return;
	}
	if (now.has_pasid)
		fault.pasid = receiver.guest_pasid;
	tell_handler(&receiver, &fault, request);
}

static void read_entry(struct dmar_unit *unit)
{
	struct dmar_reports *reports = &unit->reports;
	u64 words[VTD_PRQ_WORDS];

	memcpy(words, reports->ring + reports->head * VTD_PRQ_WORDS,
	       sizeof(words));
	reports->head = (reports->head + 1) % RING_ENTRIES;
	writeq(reports->head * sizeof(words), unit->regs + VTD_PQH_REG);
	page_request(unit, words);
}

static unsigned int ring_tail(struct dmar_unit *unit)
{
	u64 bytes = readq(unit->regs + VTD_PQT_REG);

	/* The unit moves it when the request is in memory. */
	dma_rmb();
	return bytes / (VTD_PRQ_WORDS * sizeof(u64));
}

static void read_ring(struct dmar_unit *unit)
{
	/* What comes from here on interrupts again. */
	writel(VTD_PRS_PPR, unit->regs + VTD_PRS_REG);
	while (unit->reports.head != ring_tail(unit))
		read_entry(unit);
	/* There was no room once, and devices were told to try again. */
	if (readl(unit->regs + VTD_PRS_REG) & VTD_PRS_PRO)
		writel(VTD_PRS_PRO, unit->regs + VTD_PRS_REG);
}

/* -- faults -- */

static bool next_fault(struct dmar_reports *reports, struct dmar_fault *fault)
{
	unsigned long flags;
	unsigned int i;
	bool found;

	spin_lock_irqsave(&reports->lock, flags);
	found = reports->nr_faults;
	if (found) {
		*fault = reports->faults[0];
		reports->nr_faults--;
		for (i = 0; i < reports->nr_faults; i++)
			reports->faults[i] = reports->faults[i + 1];
	}
	spin_unlock_irqrestore(&reports->lock, flags);
	return found;
}

static void pass_fault_on(struct dmar_unit *unit, const struct dmar_fault *is)
{
	struct nesting_fault fault = {
		.argsz = sizeof(fault),
		.version = NESTING_VERSION,
		.type = NESTING_FAULT_REFUSED,
		.perm = is->perm,
		.reason = is->reason,
		.addr = is->address,
	};
	struct receiver receiver;

	if (!find_receiver(unit, is->source, is->has_pasid, is->pasid, NULL,
			   &receiver))
		return;
	if (is->has_pasid) {
		fault.flags = NESTING_FAULT_HAS_PASID;
		fault.pasid = receiver.guest_pasid;
	}
	tell_handler(&receiver, &fault, NULL);
}

static bool has_handler(struct dmar_unit *unit, u16 source)
{
	struct dmar_device *vdev;
	unsigned long flags;
	bool has;

	spin_lock_irqsave(&unit->lock, flags);
	vdev = find_device(unit, source);
	has = vdev && READ_ONCE(vdev->handler);
	spin_unlock_irqrestore(&unit->lock, flags);
	return has;
}

/* More than there is room for is lost, as in the unit itself. */
void dmar_report_fault(struct dmar_unit *unit, const struct dmar_fault *fault)
{
	struct dmar_reports *reports = &unit->reports;
	unsigned long flags;

	if (!has_handler(unit, fault->source))
		return;
	spin_lock_irqsave(&reports->lock, flags);
	if (reports->nr_faults < VTD_MAX_FAULTS)
		reports->faults[reports->nr_faults++] = *fault;
	spin_unlock_irqrestore(&reports->lock, flags);
	schedule_work(&reports->work);
}

/* -- the work -- */

static void deal_with_reports(struct work_struct *work)
{
	struct dmar_unit *unit = container_of(work, struct dmar_unit,
					      reports.work);
	struct dmar_fault fault;

	while (next_fault(&unit->reports, &fault))
		pass_fault_on(unit, &fault);
	if (unit->reports.ring)
		read_ring(unit);
}

void dmar_reports_notify(struct dmar_unit *unit)
{
	if (unit->reports.ring &&
	    readl(unit->regs + VTD_PRS_REG) & VTD_PRS_PPR)
		schedule_work(&unit->reports.work);
}

void dmar_reports_flush(struct dmar_unit *unit)
{
	schedule_work(&unit->reports.work);
	flush_work(&unit->reports.work);
}

void dmar_reports_new(struct dmar_unit *unit)
{
	spin_lock_init(&unit->reports.lock);
	INIT_WORK(&unit->reports.work, deal_with_reports);
}

/* Without an interrupt nobody would look into the ring. */
int dmar_reports_init(struct dmar_unit *unit)
{
	struct dmar_reports *reports = &unit->reports;

	if (!(unit->ecap & VTD_ECAP_PRS) || unit->irq <= 0)
		return 0;
	reports->ring = (void *)get_zeroed_page(GFP_KERNEL);
	return reports->ring ? 0 : -ENOMEM;
}

void dmar_reports_start(struct dmar_unit *unit)
{
	if (!unit->reports.ring)
		return;
	writeq(0, unit->regs + VTD_PQH_REG);
	writeq(0, unit->regs + VTD_PQT_REG);
	writeq(virt_to_phys(unit->reports.ring), unit->regs + VTD_PQA_REG);
	writel(unit->irq, unit->regs + VTD_PEDATA_REG);
	writel(VTD_MSI_ADDRESS, unit->regs + VTD_PEADDR_REG);
	writel(0, unit->regs + VTD_PEUADDR_REG);
	writel(0, unit->regs + VTD_PECTL_REG);
}

void dmar_reports_exit(struct dmar_unit *unit)
{
	cancel_work_sync(&unit->reports.work);
	free_page((unsigned long)unit->reports.ring);
}
