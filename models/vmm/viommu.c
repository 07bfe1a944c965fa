/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual IOMMU that a VMM gives to its guest.
 *
 * FAULT MODEL
 *
 * The guest may write anything into its tables and its queue at any moment. A
 * table entry that changes without an invalidation is not noticed; one that is
 * no first level, or no good, is not bound. The host may refuse any call: the
 * guest's invalidation completes all the same, as it does on hardware.
 *
 * Never happens: a binding that is changed in place (what differs is unbound
 * first); a call for a PASID of a device that the guest does not have; an
 * invalidation that completes before the calls it takes have returned.
 */
#include <models/viommu.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <string.h>

#define GUEST_FLAGS	(VTD_PASID_SRE | VTD_PASID_ERE | VTD_PASID_WPE | \
			 VTD_PASID_NXE)

struct viommu {
	struct sim *sim;
	const struct viommu_ops *ops;
	void *arg;
	struct iommu *unit;
	uint32_t max_pasids;
	uint16_t devices[VIOMMU_MAX_DEVICES];
	uint32_t nr_devices;
	struct viommu_binding bindings[VIOMMU_MAX_BINDINGS];
	uint32_t nr_bindings;
	uint32_t failures;
	bool trapped;
	uint64_t words[4];		/* of the descriptor */
	struct sim_fiber *server;	/* waits for one */
};

static bool trap(void *arg, const uint64_t *words)
{
	struct viommu *viommu = arg;

	sim_assert(!viommu->trapped);
	viommu->trapped = true;
	memcpy(viommu->words, words, sizeof(viommu->words));
	if (viommu->server)
		sim_fiber_wake(viommu->sim, viommu->server);
	return false;
}

/* -- bindings -- */

static bool call(struct viommu *viommu, int rc)
{
	viommu->failures += rc < 0;
	return rc >= 0;
}

static struct viommu_binding *find(struct viommu *viommu, uint16_t requester_id,
				   uint32_t pasid)
{
	uint32_t i;

	for (i = 0; i < viommu->nr_bindings; i++)
		if (viommu->bindings[i].requester_id == requester_id &&
		    viommu->bindings[i].pasid == pasid)
			return &viommu->bindings[i];
	return NULL;
}

/* What the guest's tables say now; false: nothing to bind. */
static bool read_binding(struct viommu *viommu, uint16_t requester_id,
			 uint32_t pasid, struct viommu_binding *binding)
{
	uint64_t words[VTD_PASID_WORDS];

	if (iommu_peek_pasid(viommu->unit, requester_id, pasid, words) ||
	    (words[0] >> VTD_PASID_PGTT_SHIFT & 7) != VTD_PGTT_FIRST)
		return false;
	*binding = (struct viommu_binding){
		.table = words[2] & VTD_POINTER,
		.flags = words[2] & GUEST_FLAGS,
		.pasid = pasid,
		.requester_id = requester_id,
		.domain = (uint16_t)(words[1] & VTD_PASID_DOMAIN),
	};
	return true;
}

static bool is_same(const struct viommu_binding *a,
		    const struct viommu_binding *b)
{
	return a->table == b->table && a->flags == b->flags &&
	       a->domain == b->domain;
}

/* Makes the host agree with the guest about one PASID. */
static void update(struct viommu *viommu, uint16_t requester_id, uint32_t pasid)
{
	struct viommu_binding *old = find(viommu, requester_id, pasid);
	struct viommu_binding new;
	bool wanted = read_binding(viommu, requester_id, pasid, &new);

	if (old && wanted && is_same(old, &new))
		return;
	if (old) {
		call(viommu, viommu->ops->unbind(viommu->arg, old));
		*old = viommu->bindings[--viommu->nr_bindings];
	}
	if (!wanted || viommu->nr_bindings == VIOMMU_MAX_BINDINGS)
		return;
	if (call(viommu, viommu->ops->bind(viommu->arg, &new)))
		viommu->bindings[viommu->nr_bindings++] = new;
}

/* -- descriptors -- */

/* Those of a domain cannot be told before they are read: all are looked at. */
static void serve_pasid_cache(struct viommu *viommu)
{
	uint32_t first = 0, last = viommu->max_pasids - 1, pasid, i;

	if (VTD_QI_GRANULARITY(viommu->words[0]) == VTD_PC_PASID)
		first = last = VTD_QI_PASID(viommu->words[0]);
	for (i = 0; i < viommu->nr_devices; i++)
		for (pasid = first; pasid <= last; pasid++)
			update(viommu, viommu->devices[i], pasid);
}

static void invalidate(struct viommu *viommu,
		       const struct viommu_binding *binding, uint64_t word,
		       bool by_page)
{
	struct viommu_invalidation what = {
		.pasid = binding->pasid,
		.requester_id = binding->requester_id,
		.leaf = by_page && word & VTD_QI_IH,
	};

	if (by_page) {
		what.nr_pages = 1ull << (word & VTD_QI_AM);
		what.address = word & ~((what.nr_pages << 12) - 1);
	}
	call(viommu, viommu->ops->invalidate(viommu->arg, &what));
}

static void serve_pasid_iotlb(struct viommu *viommu)
{
	uint64_t word = viommu->words[0];
	bool by_page = VTD_QI_GRANULARITY(word) == VTD_PIOTLB_PAGE;
	uint32_t i;

	for (i = 0; i < viommu->nr_bindings; i++)
		if (viommu->bindings[i].domain == VTD_QI_DOMAIN(word) &&
		    viommu->bindings[i].pasid == VTD_QI_PASID(word))
			invalidate(viommu, &viommu->bindings[i],
				   viommu->words[1], by_page);
}

/* By page of a second level: the guest's first levels go whole (6.5.2.3). */
static void serve_iotlb(struct viommu *viommu)
{
	uint64_t word = viommu->words[0];
	bool all = VTD_QI_GRANULARITY(word) == VTD_IOTLB_GLOBAL;
	uint32_t i;

	for (i = 0; i < viommu->nr_bindings; i++)
		if (all || viommu->bindings[i].domain == VTD_QI_DOMAIN(word))
			invalidate(viommu, &viommu->bindings[i], 0, false);
}

/*
 * A context entry that has changed leads to other PASID entries, of which the
 * guest tells by a PASID-cache invalidation (6.5.3.3). Device TLBs are the
 * host's business: its calls for translations include them.
 */
static void serve(struct viommu *viommu)
{
	switch (viommu->words[0] & 0xf) {
	case VTD_QI_PASID_CACHE:
		serve_pasid_cache(viommu);
		break;
	case VTD_QI_PASID_IOTLB:
		serve_pasid_iotlb(viommu);
		break;
	case VTD_QI_IOTLB:
		serve_iotlb(viommu);
		break;
	default:
		break;
	}
	viommu->trapped = false;
	iommu_resume(viommu->unit);
}

bool viommu_poll(struct viommu *viommu)
{
	if (!viommu->trapped)
		return false;
	serve(viommu);
	return true;
}

void viommu_serve(struct viommu *viommu)
{
	while (!viommu->trapped) {
		viommu->server = sim_fiber_self(viommu->sim);
		sim_fiber_block(viommu->sim);
	}
	viommu->server = NULL;
	serve(viommu);
}

/* -- construction -- */

struct viommu *viommu_new(struct sim *sim, const struct viommu_options *options)
{
	struct viommu *viommu = sim_alloc(sim, sizeof(*viommu), 8);
	struct iommu_options unit = options->unit;

	viommu->sim = sim;
	viommu->ops = options->ops;
	viommu->arg = options->arg;
	viommu->max_pasids = options->max_pasids ? options->max_pasids : 256;
	unit.bar_phys = 0;
	unit.caching_mode = true;
	unit.no_device_tlb = true;
	unit.trap = trap;
	unit.trap_arg = viommu;
	viommu->unit = iommu_new(sim, &unit);
	return viommu;
}

struct iommu *viommu_unit(struct viommu *viommu)
{
	return viommu->unit;
}

void viommu_add_device(struct viommu *viommu, uint16_t requester_id)
{
	sim_assert(viommu->nr_devices < VIOMMU_MAX_DEVICES);
	viommu->devices[viommu->nr_devices++] = requester_id;
}

uint32_t viommu_bindings(const struct viommu *viommu)
{
	return viommu->nr_bindings;
}

uint32_t viommu_failures(const struct viommu *viommu)
{
	return viommu->failures;
}
