/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's driver of its virtual IOMMU.
 *
 * FAULT MODEL
 *
 * May happen if the program says so: an edit without an invalidation, a PASID
 * entry that is taken away without one, an invalidation of something else. May
 * happen at any call: the VMM has taken the guest page away.
 *
 * Never happens: a descriptor or an entry that makes no sense to hardware (for
 * that, programs write the guest's memory); a table page that is used twice.
 */
#include <errno.h>
#include <models/guest_iommu.h>
#include <sim/bulk.h>
#include <sim/fiber.h>
#include <sim/finding.h>

#define PAGE_BYTES	4096ull
#define POLL_NS		1000
#define POLLS		100000
#define LEVELS		4

/* Fixed uses of the first pages; tables come behind. */
enum { ROOT, CONTEXT, DIRECTORY, PASIDS, QUEUE, STATUS, FIXED };

struct guest_pasid {
	uint32_t pasid;
	bool bound;
	uint64_t table;			/* guest address */
};

struct guest_iommu {
	struct sim *sim;
	struct guest_iommu_options options;
	struct iommu *unit;
	struct guest_pasid pasids[GUEST_IOMMU_MAX_PASIDS];
	uint32_t used_pages;
	uint32_t next_wait;
};

/* -- guest memory -- */

static uint64_t *word_at(struct guest_iommu *guest, uint64_t address,
			 bool write)
{
	uint64_t page = address / PAGE_BYTES;
	uint64_t frame = guest->options.frame(guest->options.frame_arg, page);

	if (frame == UINT64_MAX)
		return NULL;
	return machine_dma_word(guest->options.machine,
				frame * PAGE_BYTES + address % PAGE_BYTES,
				write);
}

static int load(struct guest_iommu *guest, uint64_t address, uint64_t *word)
{
	const uint64_t *at = word_at(guest, address, false);

	if (!at)
		return -EFAULT;
	sim_bulk_copy(word, at, sizeof(*word));
	return 0;
}

static int store(struct guest_iommu *guest, uint64_t address, uint64_t word)
{
	uint64_t *at = word_at(guest, address, true);

	if (!at)
		return -EFAULT;
	sim_bulk_copy(at, &word, sizeof(word));
	return 0;
}

static uint64_t fixed_page(const struct guest_iommu *guest, unsigned int use)
{
	return (guest->options.first_page + use) * PAGE_BYTES;
}

static int new_table(struct guest_iommu *guest, uint64_t *table)
{
	uint64_t at, i;
	int rc = 0;

	if (guest->used_pages == guest->options.nr_pages)
		return -ENOMEM;
	at = fixed_page(guest, guest->used_pages);
	for (i = 0; i < PAGE_BYTES && !rc; i += sizeof(uint64_t))
		rc = store(guest, at + i, 0);
	if (rc)
		return rc;
	guest->used_pages++;
	*table = at;
	return 0;
}

/* -- the unit -- */

static void let_time_pass(struct guest_iommu *guest)
{
	if (guest->options.idle)
		guest->options.idle(guest->options.idle_arg);
	sim_fiber_sleep(guest->sim, POLL_NS);
}

static void put(struct guest_iommu *guest, uint64_t offset, unsigned int size,
		uint64_t value)
{
	iommu_mmio_write(guest->unit, offset, size, value);
}

static int queue(struct guest_iommu *guest, uint64_t word0, uint64_t word1)
{
	uint64_t tail = iommu_mmio_read(guest->unit, VTD_IQT, 8);
	uint64_t at = fixed_page(guest, QUEUE) + tail;
	int rc = store(guest, at, word0);

	if (!rc)
		rc = store(guest, at + 8, word1);
	if (!rc)
		put(guest, VTD_IQT, 8, (tail + 32) % PAGE_BYTES);
	return rc;
}

/* Everything queued is done when this returns 0. */
static int wait(struct guest_iommu *guest)
{
	uint64_t done = ++guest->next_wait, status;
	unsigned int polls;
	int rc = queue(guest, VTD_QI_WAIT | VTD_WAIT_SW | done << 32,
		       fixed_page(guest, STATUS));

	for (polls = 0; !rc && polls < POLLS; polls++) {
		rc = load(guest, fixed_page(guest, STATUS), &status);
		if (rc || (uint32_t)status == done)
			return rc;
		let_time_pass(guest);
	}
	return rc ? rc : -ETIMEDOUT;
}

static int tell(struct guest_iommu *guest, uint64_t word0, uint64_t word1)
{
	int rc = queue(guest, word0, word1);

	return rc ? rc : wait(guest);
}

static int command(struct guest_iommu *guest, uint32_t lasting, uint32_t bit)
{
	unsigned int polls;

	put(guest, VTD_GCMD, 4, lasting | bit);
	for (polls = 0; polls < POLLS; polls++) {
		if (iommu_mmio_read(guest->unit, VTD_GSTS, 4) & bit)
			return 0;
		let_time_pass(guest);
	}
	return -ETIMEDOUT;
}

static int write_tables(struct guest_iommu *guest)
{
	unsigned int function = guest->options.requester_id & 0xff;
	uint64_t root = fixed_page(guest, ROOT) +
			(guest->options.requester_id >> 8) * 16 +
			(function & 0x80 ? 8 : 0);
	uint64_t context = fixed_page(guest, CONTEXT) + (function & 0x7f) * 32;
	uint64_t table;
	int rc = 0;

	while (!rc && guest->used_pages < FIXED)
		rc = new_table(guest, &table);
	if (!rc)
		rc = store(guest, root,
			   fixed_page(guest, CONTEXT) | VTD_PRESENT);
	if (!rc)
		rc = store(guest, context, fixed_page(guest, DIRECTORY) |
			   VTD_PRESENT | VTD_CONTEXT_PASIDE);
	if (!rc)
		rc = store(guest, fixed_page(guest, DIRECTORY),
			   fixed_page(guest, PASIDS) | VTD_PRESENT);
	return rc;
}

int guest_iommu_boot(struct guest_iommu *guest)
{
	int rc = write_tables(guest);

	if (rc)
		return rc;
	put(guest, VTD_RTADDR, 8,
	    fixed_page(guest, ROOT) | VTD_RTADDR_TTM_SCALABLE);
	rc = command(guest, 0, VTD_GCMD_SRTP);
	if (rc)
		return rc;
	put(guest, VTD_IQT, 8, 0);
	put(guest, VTD_IQA, 8, fixed_page(guest, QUEUE) | VTD_IQA_DW);
	rc = command(guest, 0, VTD_GCMD_QIE);
	return rc ? rc : command(guest, VTD_GCMD_QIE, VTD_GCMD_TE);
}

/* -- PASIDs -- */

static struct guest_pasid *find(struct guest_iommu *guest, uint32_t pasid)
{
	uint32_t i;

	for (i = 0; i < GUEST_IOMMU_MAX_PASIDS; i++)
		if (guest->pasids[i].bound && guest->pasids[i].pasid == pasid)
			return &guest->pasids[i];
	return NULL;
}

static uint64_t pasid_entry(const struct guest_iommu *guest, uint32_t pasid)
{
	return fixed_page(guest, PASIDS) + pasid * 8 * VTD_PASID_WORDS;
}

static uint64_t pasid_cache(uint64_t granularity, uint16_t domain,
			    uint32_t pasid)
{
	return VTD_QI_PASID_CACHE | granularity << 4 | (uint64_t)domain << 16 |
	       (uint64_t)pasid << 32;
}

/* The word that has P goes last, so that nobody sees half an entry. */
static int write_entry(struct guest_iommu *guest, uint32_t pasid,
		       uint64_t table)
{
	uint64_t at = pasid_entry(guest, pasid);
	int rc = store(guest, at + 8, guest->options.domain);

	if (!rc)
		rc = store(guest, at + 16, table | VTD_PASID_NXE);
	if (!rc)
		rc = store(guest, at, VTD_PRESENT |
			   VTD_PGTT_FIRST << VTD_PASID_PGTT_SHIFT);
	return rc;
}

int guest_iommu_bind(struct guest_iommu *guest, uint32_t pasid)
{
	struct guest_pasid *slot = guest->pasids;
	uint64_t table = guest->options.table;
	int rc = 0;

	sim_assert(pasid < VTD_PASIDS_PER_TABLE);
	if (find(guest, pasid))
		return -EEXIST;
	while (slot < guest->pasids + GUEST_IOMMU_MAX_PASIDS && slot->bound)
		slot++;
	if (slot == guest->pasids + GUEST_IOMMU_MAX_PASIDS)
		return -ENOSPC;
	if (!table)
		rc = new_table(guest, &table);
	if (!rc)
		rc = write_entry(guest, pasid, table);
	if (rc)
		return rc;
	slot->pasid = pasid;
	slot->table = table;
	slot->bound = true;
	/* 6.1: what was not present is cached as domain 0. */
	return tell(guest, pasid_cache(VTD_PC_PASID, 0, pasid), 0);
}

int guest_iommu_unbind(struct guest_iommu *guest, uint32_t pasid, bool forget)
{
	struct guest_pasid *slot = find(guest, pasid);
	int rc;

	if (!slot)
		return -ENOENT;
	rc = store(guest, pasid_entry(guest, pasid), 0);
	if (rc)
		return rc;
	slot->bound = false;
	if (forget)
		return 0;
	rc = queue(guest, pasid_cache(VTD_PC_PASID, guest->options.domain,
				      pasid), 0);
	return rc ? rc : guest_iommu_invalidate(guest, pasid, 0,
						GUEST_IOMMU_ALL);
}

/* -- tables -- */

/* Where the entry for a page is; @make: with the tables on the way. */
static int find_entry(struct guest_iommu *guest, uint64_t table,
		      uint64_t address, bool make, uint64_t *entry)
{
	unsigned int shift = 12 + 9 * (LEVELS - 1);
	uint64_t word, next;
	int rc;

	for (; shift > 12; shift -= 9) {
		*entry = table + (address >> shift & 511) * 8;
		rc = load(guest, *entry, &word);
		if (!rc && !(word & VTD_PRESENT)) {
			rc = make ? new_table(guest, &next) : -ENOENT;
			word = rc ? 0 : next | VTD_PRESENT | VTD_FL_WRITE |
					VTD_FL_USER;
			if (!rc)
				rc = store(guest, *entry, word);
		}
		if (rc)
			return rc;
		table = word & VTD_ADDRESS;
	}
	*entry = table + (address >> 12 & 511) * 8;
	return 0;
}

static int edit(struct guest_iommu *guest, uint32_t pasid, uint64_t address,
		uint64_t word, uint64_t *was)
{
	const struct guest_pasid *slot = find(guest, pasid);
	uint64_t entry, old;
	int rc;

	if (!slot)
		return -ENOENT;
	rc = find_entry(guest, slot->table, address, word, &entry);
	if (!rc)
		rc = load(guest, entry, &old);
	if (!rc && !word && !(old & VTD_PRESENT))
		rc = -ENOENT;
	if (!rc)
		rc = store(guest, entry, word);
	if (!rc && was)
		*was = old & VTD_PRESENT ? (old & VTD_ADDRESS) >> 12 :
					   UINT64_MAX;
	return rc;
}

int guest_iommu_map(struct guest_iommu *guest, uint32_t pasid, uint64_t address,
		    uint64_t guest_page, uint32_t rights, uint64_t *was)
{
	uint64_t word = guest_page << 12 | VTD_PRESENT;

	if (rights & GUEST_WRITE)
		word |= VTD_FL_WRITE;
	if (rights & GUEST_USER)
		word |= VTD_FL_USER;
	if (rights & GUEST_NO_EXEC)
		word |= VTD_FL_XD;
	return edit(guest, pasid, address, word, was);
}

int guest_iommu_unmap(struct guest_iommu *guest, uint32_t pasid,
		      uint64_t address, uint64_t *was)
{
	return edit(guest, pasid, address, 0, was);
}

int guest_iommu_invalidate(struct guest_iommu *guest, uint32_t pasid,
			   uint64_t address, unsigned int order)
{
	bool by_page = order <= GUEST_IOMMU_MAX_ORDER;
	uint64_t granularity = by_page ? VTD_PIOTLB_PAGE : VTD_PIOTLB_PASID;
	uint64_t pages = by_page ? address >> 12 >> order << order << 12 |
				   order : 0;

	return tell(guest, VTD_QI_PASID_IOTLB | granularity << 4 |
		    (uint64_t)guest->options.domain << 16 |
		    (uint64_t)pasid << 32, pages);
}

/* -- construction -- */

struct guest_iommu *guest_iommu_new(struct sim *sim,
				    const struct guest_iommu_options *options)
{
	struct guest_iommu *guest = sim_alloc(sim, sizeof(*guest), 8);

	sim_assert(options->nr_pages >= FIXED);
	guest->sim = sim;
	guest->options = *options;
	guest->unit = viommu_unit(options->viommu);
	viommu_add_device(options->viommu, options->requester_id);
	return guest;
}
