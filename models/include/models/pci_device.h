/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pci_device.h - a PCI function that does DMA through an IOMMU
 *
 *	DMA(PASID, address) --> IOMMU --> frame     now, or some time later
 *
 * A DMA is cut at 4 KiB borders into requests. Each is translated, and then
 * takes its time to reach memory. Writes are posted: pci_device_dma() returns
 * when the last one has been translated. Reads return when they have data.
 *
 * With ATS on, the device asks for translations, keeps them in a TLB of its
 * own, and drops them when the IOMMU says so; with PRI on as well it asks for
 * pages that are not there, and waits.
 *
 * Who may call what: pci_device_dma() and _ask() from a fiber (the device's own actor) or
 * outside of runs; the rest from anywhere.
 */
#ifndef MODELS_PCI_DEVICE_H
#define MODELS_PCI_DEVICE_H

#include <models/dma_tracker.h>
#include <models/iommu.h>
#include <models/machine.h>
#include <sim/sim.h>

#define PCI_DEVICE_MAX_FLIGHTS	16

/* Bus, device and function as a requester id. */
#define PCI_REQUESTER_ID(bus, device, function)				\
	((uint16_t)((bus) << 8 | (device) << 3 | (function)))

struct pci_device;

/* One request that touches memory at this moment; see pci_observer. */
struct pci_landing {
	struct pci_device *device;
	uint64_t address;		/* as the device gave it */
	uint64_t bytes;			/* within one 4 KiB page */
	uint64_t phys;
	uint32_t pasid;			/* IOMMU_NO_PASID: none */
	bool write;
	bool special;			/* execute or privileged */
	uint8_t reserved[2];		/* no padding: it becomes state */
	uint64_t ticket;		/* what started() returned */
};

/*
 * Told about requests at the moment it happens. started() is called before
 * translation begins, and what it returns comes back in landed(), which is
 * called just before memory is touched, or in refused(), if there is no
 * translation (phys means nothing then); asked() and answered() while it waits
 * for a page. Members may be NULL.
 */
struct pci_observer {
	uint64_t (*started)(void *arg, struct pci_device *device);
	void (*landed)(void *arg, const struct pci_landing *landing);
	void (*refused)(void *arg, const struct pci_landing *landing);
	/* A page is asked for, and has been answered; see set_pri. */
	void (*asked)(void *arg, struct pci_device *device);
	void (*answered)(void *arg, struct pci_device *device);
};

struct pci_device_options {
	struct machine *machine;
	struct iommu *iommu;
	struct dma_tracker *tracker;	/* told of writes; may be NULL */
	uint16_t requester_id;
	uint16_t source;		/* of its events */
	bool pasid;			/* PASID capability */
	bool ats;			/* can do ATS; off until it is set */
	bool pri;			/* the same for page requests */
	bool slow;			/* benign delay is not zero */
};

/* How a device can break its word about invalidations. */
enum pci_misbehaviour {
	PCI_HONEST,
	PCI_ANSWERS_EARLY,	/* while what used the entry is in flight */
	PCI_KEEPS_TRANSLATIONS,	/* says that it has forgotten, and has not */
	PCI_SILENT,		/* forgets and does not answer */
	PCI_MISBEHAVIOURS,
};

/* NULL if the IOMMU has no room for a device with ATS. */
struct pci_device *pci_device_new(struct sim *sim,
				  const struct pci_device_options *options);
void pci_device_observe(struct pci_device *device,
			const struct pci_observer *observer, void *arg);
uint16_t pci_device_requester_id(const struct pci_device *device);

/*
 * What drivers switch in configuration space; the device must be able to.
 * Without ATS its TLB is empty, and page requests are off.
 */
void pci_device_set_ats(struct pci_device *device, bool on);
void pci_device_set_pri(struct pci_device *device, bool on);
void pci_device_misbehave(struct pci_device *device,
			  enum pci_misbehaviour kind);

struct pci_dma {
	uint64_t address;
	uint64_t bytes;			/* at least 1 */
	uint32_t pasid;			/* IOMMU_NO_PASID: none */
	bool write;
	bool execute;
	bool privileged;
	uint8_t reserved;		/* 0: copies are part of a world's state */
	/*
	 * Written at the first whole word of each page touched, counting up
	 * by page; of reads the word found in the first page.
	 */
	uint64_t stamp;
};

/*
 * 0		all requests were translated; reads have returned
 * -EFAULT	one was refused; those before it went through
 * -EIO		page requests have failed for good: they are off now
 * -EAGAIN	too many are in flight, the tracker's log is full, or a page is
 *		missing and there is no fiber that could wait; requests before
 *		that one went through
 * -ENODEV	the device is gone
 * -EINVAL	a PASID from a device that has none
 */
int pci_device_dma(struct pci_device *device, struct pci_dma *dma);

/*
 * Pages that the device will want soon, in one group of page requests: only the
 * last one is answered. More than the IOMMU has room for is answered by itself:
 * try again.
 */
struct pci_ask {
	uint64_t address;
	uint32_t pasid;			/* IOMMU_NO_PASID: none */
	uint32_t pages;			/* at least 1 */
	bool write;
	uint8_t reserved[7];		/* no padding: it becomes state */
};

/*
 * 0		they are there, as far as whoever answered knows
 * -EFAULT	there are no such pages
 * -EIO		no more requests, for good
 * -EAGAIN	too many groups wait, or there is no fiber that could
 * -EOPNOTSUPP	page requests are off
 * -ENODEV	the device is gone
 */
int pci_device_ask(struct pci_device *device, const struct pci_ask *ask);

/* Requests that have not reached memory. */
unsigned int pci_device_in_flight(const struct pci_device *device);

/* Surprise removal: no new request; posted writes are beyond recall. */
void pci_device_unplug(struct pci_device *device);
void pci_device_plug(struct pci_device *device);

#endif
