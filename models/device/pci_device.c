/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A PCI function that does DMA through an IOMMU.
 *
 * FAULT MODEL
 *
 * May happen at any request (SIM_DECIDE_DELAY): it reaches memory late, after
 * others that were sent later. May happen at any moment, if the program says
 * so: the device is gone, while what it has posted still arrives.
 *
 * Never happens: an address that the program did not ask for; a request that
 * is lost; one that uses a translation it did not get.
 */
#include <errno.h>
#include <models/pci_device.h>
#include <sim/decide.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <stdio.h>

struct flight {
	struct sim_event event;
	struct iommu_flight iommu;
	struct pci_landing landing;
	uint64_t stamp;
	bool used;
};

struct pci_device {
	struct sim *sim;
	struct pci_device_options options;
	const struct pci_observer *observer;
	void *observer_arg;
	struct flight flights[PCI_DEVICE_MAX_FLIGHTS];
	bool gone;
};

static void raise_freed(struct pci_device *device,
			const struct pci_landing *landing)
{
	struct sim_finding finding = {
		.severity = VTB_EXIT_SAFETY,
		.oracle = "freed-dma",
		.object = "frame",
		.what = "DMA reached memory that has been freed",
	};

	snprintf(finding.why, sizeof(finding.why),
		 "%s address 0x%llx is physical 0x%llx",
		 landing->write ? "write," : "read,",
		 (unsigned long long)landing->address,
		 (unsigned long long)landing->phys);
	sim_finding_raise(device->sim, &finding);
}

/*
 * The first whole word of what is touched. Memory above the frames is of other
 * devices: nothing is there for us.
 */
static uint64_t *word_at(struct pci_device *device,
			 const struct pci_landing *landing)
{
	struct sim_memory *memory = machine_memory(device->options.machine);
	uint64_t frame = landing->phys >> SIM_FRAME_SHIFT;
	uint64_t offset = landing->phys & (SIM_FRAME_BYTES - 8);

	if (frame >= sim_memory_frames(memory))
		return NULL;
	if (sim_frame(memory, frame)->class == SIM_FRAME_FREE)
		raise_freed(device, landing);
	if (landing->write)
		sim_frames_touch(memory, frame, 1);
	return (uint64_t *)((char *)sim_frame_data(memory, frame) + offset);
}

/* Kernels poison what they freed; hardware does not see that. */
__attribute__((no_sanitize("address")))
static uint64_t touch(uint64_t *word, bool write, uint64_t stamp)
{
	if (write)
		*word = stamp;
	return *word;
}

static void land(struct pci_device *device, struct flight *flight)
{
	struct pci_landing *landing = &flight->landing;
	struct dma_tracker *tracker = device->options.tracker;
	uint64_t *word;

	if (device->observer && device->observer->landed)
		device->observer->landed(device->observer_arg, landing);
	word = word_at(device, landing);
	if (word)
		flight->stamp = touch(word, landing->write, flight->stamp);
	else
		flight->stamp = UINT64_MAX;
	if (tracker && landing->write)
		dma_tracker_wrote(tracker, landing->address,
				  landing->address + landing->bytes - 1);
	iommu_arrive(device->options.iommu, &flight->iommu);
	flight->used = false;
}

static void flight_due(struct sim *sim, struct sim_event *event)
{
	struct flight *flight = (struct flight *)((char *)event -
					offsetof(struct flight, event));

	land(flight->landing.device, flight);
}

static struct flight *free_flight(struct pci_device *device)
{
	uint32_t i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		if (!device->flights[i].used)
			return &device->flights[i];
	return NULL;
}

static uint64_t flight_time_ns(struct pci_device *device)
{
	static const uint64_t times_ns[] = { 0, 500, 8000, 200000 };
	uint32_t pick = sim_decide(device->sim, SIM_DECIDE_DELAY, 4);

	if (!pick && device->options.slow)
		return 1000;
	return times_ns[pick];
}

/* Sends one request that has been translated on its way. */
static void send(struct pci_device *device, struct flight *flight,
		 const struct iommu_translation *translation)
{
	uint64_t time_ns = flight_time_ns(device);
	bool posted = flight->landing.write;

	flight->landing.phys = translation->phys;
	iommu_depart(device->options.iommu, &flight->iommu, translation,
		     flight->landing.write);
	if (!time_ns) {
		land(device, flight);
	} else if (posted) {
		sim_event_after(device->sim, &flight->event, time_ns);
	} else {
		if (sim_fiber_self(device->sim))
			sim_fiber_sleep(device->sim, time_ns);
		land(device, flight);
	}
}

/* One request, within a 4 KiB page. */
static int request(struct pci_device *device, const struct pci_dma *dma,
		   struct pci_landing *landing, uint64_t *stamp)
{
	const struct iommu_request asked = {
		.address = landing->address,
		.pasid = dma->pasid,
		.requester_id = device->options.requester_id,
		.write = dma->write,
		.execute = dma->execute,
		.privileged = dma->privileged,
	};
	struct iommu_translation translation;
	struct flight *flight = free_flight(device);
	int rc;

	if (!flight)
		return -EAGAIN;
	flight->used = true;
	if (device->observer && device->observer->started)
		landing->ticket = device->observer->started(
			device->observer_arg, device);
	rc = iommu_translate(device->options.iommu, &asked, &translation);
	if (rc) {
		flight->used = false;
		return rc;
	}
	flight->landing = *landing;
	flight->stamp = *stamp;
	send(device, flight, &translation);
	*stamp = flight->stamp;
	return 0;
}

int pci_device_dma(struct pci_device *device, struct pci_dma *dma)
{
	uint64_t left = dma->bytes, stamp = dma->stamp, first = 0;
	struct pci_landing landing = {
		.device = device,
		.address = dma->address,
		.pasid = dma->pasid,
		.write = dma->write,
	};
	int rc = 0;

	sim_assert(dma->bytes);
	if (dma->pasid != IOMMU_NO_PASID && !device->options.pasid)
		return -EINVAL;
	for (; left; left -= landing.bytes) {
		if (device->gone)
			return -ENODEV;
		landing.bytes = SIM_FRAME_BYTES -
				landing.address % SIM_FRAME_BYTES;
		if (landing.bytes > left)
			landing.bytes = left;
		rc = request(device, dma, &landing, &stamp);
		if (rc)
			return rc;
		if (left == dma->bytes)
			first = stamp;
		stamp = dma->write ? stamp + 1 : stamp;
		landing.address += landing.bytes;
	}
	if (!dma->write)
		dma->stamp = first;
	return 0;
}

unsigned int pci_device_in_flight(const struct pci_device *device)
{
	unsigned int nr = 0, i;

	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		nr += device->flights[i].used;
	return nr;
}

struct pci_device *pci_device_new(struct sim *sim,
				  const struct pci_device_options *options)
{
	struct pci_device *device = sim_alloc(sim, sizeof(*device), 8);
	uint32_t i;

	device->sim = sim;
	device->options = *options;
	for (i = 0; i < PCI_DEVICE_MAX_FLIGHTS; i++)
		sim_event_init(&device->flights[i].event, flight_due,
			       options->source, 0);
	return device;
}

void pci_device_observe(struct pci_device *device,
			const struct pci_observer *observer, void *arg)
{
	device->observer = observer;
	device->observer_arg = arg;
}

uint16_t pci_device_requester_id(const struct pci_device *device)
{
	return device->options.requester_id;
}

void pci_device_unplug(struct pci_device *device)
{
	device->gone = true;
}

void pci_device_plug(struct pci_device *device)
{
	device->gone = false;
}
