// SPDX-License-Identifier: GPL-2.0-only
/*
 * iommu_core_cut.c - an IOMMU driver that keeps an array, and who uses it
 *
 * The driver has pages of 4K, 2M and 1G, and refuses what no real driver could
 * do: a page that is mapped already, or an address that is no multiple of it.
 */
#include <iommu_core.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <vtb/bridge.h>
#include <vtb/compat.h>
#include "defer_cut.h"
#include "iommu_core_cut.h"

#define MAX_MAPPINGS	1100

struct mapping {
	unsigned long iova;
	phys_addr_t phys;
	size_t bytes;
};

struct fake_domain {
	struct iommu_domain domain;
	struct mapping mappings[MAX_MAPPINGS];
	unsigned int nr;
	unsigned int syncs;
};

/* What the fake driver does next, and what it was asked. */
static struct {
	unsigned int fail_map_after;
	unsigned int fail_attach_after;
	bool fail_probe;
	bool tell;
	struct iommu_domain *attached[4];
	struct iommu_group *shared;
	struct iommu_device iommu;
} fake = { .fail_map_after = UINT_MAX, .fail_attach_after = UINT_MAX };

static struct fake_domain *to_fake(struct iommu_domain *domain)
{
	return container_of(domain, struct fake_domain, domain);
}

static unsigned int number_of(struct device *dev)
{
	u32 number;

	CUT_CHECK(!device_property_read_u32(dev, "requester-id", &number));
	return number;
}

/* -- the driver -- */

static struct mapping *find(struct fake_domain *fd, unsigned long iova)
{
	unsigned int i;

	for (i = 0; i < fd->nr; i++)
		if (iova - fd->mappings[i].iova < fd->mappings[i].bytes)
			return &fd->mappings[i];
	return NULL;
}

static int fake_map(struct iommu_domain *domain, unsigned long iova,
		    phys_addr_t phys, size_t pgsize, size_t count, int prot,
		    gfp_t gfp, size_t *mapped)
{
	struct fake_domain *fd = to_fake(domain);

	if (fake.tell)
		cut_tell(pgsize == SZ_4K ? '4' : pgsize == SZ_2M ? '2' : '1');
	CUT_CHECK(!((iova | phys) & (pgsize - 1)));
	for (; count; count--) {
		if (!fake.fail_map_after--)
			return -ENOMEM;
		CUT_CHECK(!find(fd, iova) && fd->nr < MAX_MAPPINGS);
		fd->mappings[fd->nr++] = (struct mapping){ iova, phys, pgsize };
		iova += pgsize;
		phys += pgsize;
		*mapped += pgsize;
	}
	return 0;
}

static size_t fake_unmap(struct iommu_domain *domain, unsigned long iova,
			 size_t pgsize, size_t count,
			 struct iommu_iotlb_gather *gather)
{
	struct fake_domain *fd = to_fake(domain);
	size_t done = 0;

	while (done < pgsize * count) {
		struct mapping *m = find(fd, iova + done);
		size_t bytes;

		if (!m || m->iova != iova + done)
			break;
		bytes = m->bytes;
		iommu_iotlb_gather_add_range(gather, m->iova, bytes);
		*m = fd->mappings[--fd->nr];
		done += bytes;
	}
	return done;
}

static void fake_sync(struct iommu_domain *domain,
		      struct iommu_iotlb_gather *gather)
{
	to_fake(domain)->syncs++;
}

static phys_addr_t fake_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	struct mapping *m = find(to_fake(domain), iova);

	return m ? m->phys + (iova - m->iova) : 0;
}

static int fake_attach(struct iommu_domain *domain, struct device *dev)
{
	if (!fake.fail_attach_after--)
		return -ENOSPC;
	fake.attached[number_of(dev)] = domain;
	return 0;
}

static void fake_free(struct iommu_domain *domain)
{
	kfree(to_fake(domain));
}

static const struct iommu_domain_ops fake_domain_ops = {
	.attach_dev = fake_attach,
	.map_pages = fake_map,
	.unmap_pages = fake_unmap,
	.iotlb_sync = fake_sync,
	.iova_to_phys = fake_phys,
	.free = fake_free,
};

static struct iommu_domain *fake_alloc(unsigned int type)
{
	struct fake_domain *fd = kzalloc(sizeof(*fd), GFP_KERNEL);

	return fd ? &fd->domain : NULL;
}

static struct iommu_device *fake_probe(struct device *dev)
{
	u32 number;

	if (device_property_read_u32(dev, "requester-id", &number))
		return ERR_PTR(-ENODEV);
	return fake.fail_probe ? ERR_PTR(-EIO) : &fake.iommu;
}

static void fake_release(struct device *dev)
{
	fake.attached[number_of(dev)] = NULL;
}

/* Devices 0 and 1 share a group. */
static struct iommu_group *fake_group(struct device *dev)
{
	if (number_of(dev) > 1)
		return generic_device_group(dev);
	if (fake.shared)
		return iommu_group_ref_get(fake.shared);
	fake.shared = iommu_group_alloc();
	return fake.shared;
}

static void fake_regions(struct device *dev, struct list_head *list)
{
	static const struct {
		phys_addr_t start;
		size_t bytes;
		enum iommu_resv_type type;
	} regions[2][3] = {
		{ { 0x9000, 0x1000, IOMMU_RESV_DIRECT },
		  { 0x1000, 0x1000, IOMMU_RESV_RESERVED },
		  { 0x8000, 0x0800, IOMMU_RESV_RESERVED } },
		{ { 0x8800, 0x0800, IOMMU_RESV_RESERVED },
		  { 0x8000, 0x0000, IOMMU_RESV_RESERVED },
		  { 0x1800, 0x1000, IOMMU_RESV_RESERVED } },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regions[0]); i++) {
		struct iommu_resv_region *region;

		region = iommu_alloc_resv_region(
				regions[number_of(dev) & 1][i].start,
				regions[number_of(dev) & 1][i].bytes, 0,
				regions[number_of(dev) & 1][i].type, GFP_KERNEL);
		if (region)
			list_add_tail(&region->list, list);
	}
}

static const struct iommu_ops fake_ops = {
	.domain_alloc = fake_alloc,
	.probe_device = fake_probe,
	.release_device = fake_release,
	.device_group = fake_group,
	.get_resv_regions = fake_regions,
	.default_domain_ops = &fake_domain_ops,
	.pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G,
};

/* -- a device that is there to be attached -- */

static struct device *found[4];

static int plain_probe(struct platform_device *pdev)
{
	found[number_of(&pdev->dev)] = &pdev->dev;
	return 0;
}

static struct platform_driver plain_driver = {
	.probe = plain_probe,
	.driver = { .name = "plain" },
};

static void add_device(unsigned int number)
{
	static const char *const names[] = { "plain.0", "plain.1", "plain.2" };
	struct vtb_device_info info = {
		.name = names[number],
		.properties = { { "requester-id", number } },
	};

	CUT_CHECK(!vtb_device_add(&info));
}

static void setup(void)
{
	CUT_CHECK(!platform_driver_register(&plain_driver));
	CUT_CHECK(!iommu_device_register(&fake.iommu, &fake_ops, NULL));
}

static void teardown(void)
{
	vtb_device_remove("plain.0");
	vtb_device_remove("plain.1");
	vtb_device_remove("plain.2");
	fake.shared = NULL;
	iommu_device_unregister(&fake.iommu);
	platform_driver_unregister(&plain_driver);
}

static struct iommu_domain *new_domain(void)
{
	struct iommu_domain *domain = iommu_domain_alloc(&platform_bus_type);

	CUT_CHECK(domain && domain->type == IOMMU_DOMAIN_UNMANAGED);
	return domain;
}

static int map(struct iommu_domain *domain, unsigned long iova,
	       phys_addr_t phys, size_t bytes)
{
	return vtb_compat_iommu_map(domain, iova, phys, bytes, IOMMU_READ);
}

/* -- ranges -- */

static void told_map(struct iommu_domain *domain, unsigned long iova,
		     phys_addr_t phys, size_t bytes)
{
	CUT_CHECK(!map(domain, iova, phys, bytes));
	CUT_CHECK(iommu_unmap(domain, iova, bytes) == bytes);
	CUT_CHECK(!to_fake(domain)->nr);
	cut_tell(' ');
}

void iommu_cut_page_sizes(void)
{
	struct iommu_domain *domain;

	setup();
	domain = new_domain();
	fake.tell = true;
	told_map(domain, 0, 0, SZ_4K);
	told_map(domain, 0, SZ_4K, SZ_2M);
	told_map(domain, SZ_2M, 0, SZ_2M);
	told_map(domain, SZ_2M - SZ_4K, SZ_4M - SZ_4K, SZ_2M + SZ_8K);
	told_map(domain, SZ_2M - SZ_4K, SZ_4M - SZ_4K, SZ_2M);
	told_map(domain, SZ_2M - SZ_4K, SZ_4M, SZ_64K);
	told_map(domain, SZ_1G - SZ_2M, SZ_2G - SZ_2M, SZ_1G + SZ_2M + SZ_4K);
	told_map(domain, SZ_1G, SZ_1G, SZ_1G - SZ_4K);
	iommu_domain_free(domain);
	teardown();
}

void iommu_cut_reference(void)
{
	static u8 reference[2048];
	struct iommu_domain *domain;
	unsigned int i, k, state = 7;

	setup();
	domain = new_domain();
	for (i = 0; i < 300; i++) {
		unsigned int first, nr;
		size_t done;

		state = state * 1103515245 + 12345;
		first = (state >> 16) % ARRAY_SIZE(reference);
		nr = min_t(unsigned int, (state >> 8) % 700 + 1,
			   ARRAY_SIZE(reference) - first);
		for (k = 0; k < nr && !reference[first + k]; k++)
			;
		if (k == nr && to_fake(domain)->nr < MAX_MAPPINGS / 2) {
			CUT_CHECK(!map(domain, first * SZ_4K,
				       SZ_1G + first * SZ_4K, nr * SZ_4K));
			memset(reference + first, 1, nr);
		} else {
			done = iommu_unmap(domain, first * SZ_4K, nr * SZ_4K);
			memset(reference + first, 0, done / SZ_4K);
		}
	}
	for (k = 0; k < ARRAY_SIZE(reference); k++)
		CUT_CHECK(iommu_iova_to_phys(domain, k * SZ_4K) ==
			  (reference[k] ? SZ_1G + k * SZ_4K : 0));
	iommu_domain_free(domain);
	teardown();
}

void iommu_cut_bad_ranges(void)
{
	struct iommu_domain *domain;

	setup();
	domain = new_domain();
	CUT_CHECK(map(domain, 1, 0, SZ_4K) == -EINVAL);
	CUT_CHECK(map(domain, 0, SZ_2K, SZ_4K) == -EINVAL);
	CUT_CHECK(map(domain, 0, 0, SZ_4K + 1) == -EINVAL);
	CUT_CHECK(map(domain, -SZ_4K, 0, SZ_8K) == -EINVAL);
	CUT_CHECK(!map(domain, -SZ_4K, 0, SZ_4K));
	CUT_CHECK(iommu_unmap(domain, -SZ_4K, SZ_8K) == 0);
	CUT_CHECK(iommu_unmap(domain, -SZ_4K, SZ_4K) == SZ_4K);
	CUT_CHECK(!map(domain, 0, 0, 0));
	domain->type = IOMMU_DOMAIN_IDENTITY;
	CUT_CHECK(map(domain, 0, 0, SZ_4K) == -EINVAL);
	CUT_CHECK(iommu_iova_to_phys(domain, 77) == 77);
	domain->type = IOMMU_DOMAIN_BLOCKED;
	CUT_CHECK(iommu_iova_to_phys(domain, 77) == 0);
	CUT_CHECK(!to_fake(domain)->nr);
	iommu_domain_free(domain);
	teardown();
}

void iommu_cut_undo(void)
{
	struct iommu_domain *domain;

	setup();
	domain = new_domain();
	CUT_CHECK(!map(domain, SZ_1M, SZ_1M, SZ_4K));
	fake.fail_map_after = 2;
	CUT_CHECK(map(domain, 0, 0, SZ_16K) == -ENOMEM);
	fake.fail_map_after = UINT_MAX;
	CUT_CHECK(to_fake(domain)->nr == 1 && to_fake(domain)->syncs == 1);
	CUT_CHECK(iommu_iova_to_phys(domain, SZ_1M + 5) == SZ_1M + 5);
	iommu_domain_free(domain);
	teardown();
}

void iommu_cut_unmap(void)
{
	struct iommu_iotlb_gather gather;
	struct iommu_domain *domain;

	setup();
	domain = new_domain();
	CUT_CHECK(!map(domain, 0, 0, SZ_4M));
	CUT_CHECK(!map(domain, SZ_4M, 0, SZ_4K));
	/* A page goes as a whole, but not from its middle. */
	CUT_CHECK(iommu_unmap(domain, SZ_4K, SZ_4K) == 0);
	CUT_CHECK(iommu_unmap(domain, 0, SZ_4K) == SZ_2M);
	iommu_iotlb_gather_init(&gather);
	CUT_CHECK(iommu_unmap_fast(domain, SZ_2M, SZ_4M, &gather) ==
		  SZ_2M + SZ_4K);
	CUT_CHECK(gather.start == SZ_2M && gather.end == SZ_4M + SZ_4K - 1);
	CUT_CHECK(to_fake(domain)->syncs == 2);
	iommu_iotlb_sync(domain, &gather);
	CUT_CHECK(to_fake(domain)->syncs == 3 && !to_fake(domain)->nr);
	iommu_domain_free(domain);
	teardown();
}

/* -- devices -- */

static int count(struct device *dev, void *nr)
{
	++*(int *)nr;
	return 0;
}

void iommu_cut_devices(void)
{
	struct iommu_group *group;
	int nr = 0;

	CUT_CHECK(!platform_driver_register(&plain_driver));
	/* One is there before the IOMMU, the others come later. */
	add_device(0);
	CUT_CHECK(!found[0]->iommu_group && !iommu_present(&platform_bus_type));
	CUT_CHECK(!iommu_device_register(&fake.iommu, &fake_ops, NULL));
	CUT_CHECK(iommu_present(&platform_bus_type));
	add_device(1);
	add_device(2);
	group = iommu_group_get(found[0]);
	CUT_CHECK(group && group == found[1]->iommu_group &&
		  group != found[2]->iommu_group);
	CUT_CHECK(!iommu_group_for_each_dev(group, &nr, count) && nr == 2);
	CUT_CHECK(fake.attached[1] == iommu_group_default_domain(group));
	CUT_CHECK(iommu_get_domain_for_dev(found[1])->type == IOMMU_DOMAIN_DMA);
	CUT_CHECK(!iommu_group_has_isolated_msi(group));
	iommu_group_put(group);
	vtb_device_remove("plain.1");
	CUT_CHECK(!fake.attached[1] && fake.attached[0]);
	teardown();
}

void iommu_cut_attach(void)
{
	struct iommu_domain *domain, *other;
	struct iommu_group *group;

	setup();
	add_device(0);
	add_device(2);
	domain = new_domain();
	other = new_domain();
	group = iommu_group_get(found[0]);
	CUT_CHECK(!iommu_attach_group(domain, group));
	CUT_CHECK(iommu_attach_group(other, group) == -EBUSY);
	CUT_CHECK(fake.attached[0] == domain);
	/* Who comes later joins the others. */
	add_device(1);
	CUT_CHECK(fake.attached[1] == domain);
	CUT_CHECK(iommu_attach_device(other, found[1]) == -EINVAL);
	iommu_detach_group(other, group);
	CUT_CHECK(fake.attached[0] == domain);
	iommu_detach_group(domain, group);
	CUT_CHECK(fake.attached[0] == iommu_group_default_domain(group));
	CUT_CHECK(!iommu_attach_device(other, found[2]));
	CUT_CHECK(fake.attached[2] == other);
	iommu_detach_device(other, found[2]);
	CUT_CHECK(fake.attached[2] != other);
	iommu_domain_free(domain);
	iommu_domain_free(other);
	iommu_group_put(group);
	teardown();
}

void iommu_cut_attach_fails(void)
{
	struct iommu_domain *domain;
	struct iommu_group *group;

	setup();
	add_device(0);
	add_device(1);
	domain = new_domain();
	group = iommu_group_get(found[0]);
	fake.fail_attach_after = 1;
	CUT_CHECK(iommu_attach_group(domain, group) == -ENOSPC);
	fake.fail_attach_after = UINT_MAX;
	CUT_CHECK(fake.attached[0] == iommu_group_default_domain(group));
	CUT_CHECK(fake.attached[1] == fake.attached[0]);
	CUT_CHECK(!iommu_attach_group(domain, group));
	iommu_detach_group(domain, group);
	iommu_domain_free(domain);
	iommu_group_put(group);
	teardown();
}

void iommu_cut_owner(void)
{
	struct iommu_domain *domain;
	struct iommu_group *group;

	setup();
	add_device(0);
	domain = new_domain();
	group = iommu_group_get(found[0]);
	CUT_CHECK(!iommu_device_use_default_domain(found[0]));
	CUT_CHECK(iommu_group_claim_dma_owner(group, &domain) == -EPERM);
	iommu_device_unuse_default_domain(found[0]);
	CUT_CHECK(!iommu_group_claim_dma_owner(group, &domain));
	CUT_CHECK(iommu_group_dma_owner_claimed(group));
	CUT_CHECK(iommu_device_use_default_domain(found[0]) == -EBUSY);
	CUT_CHECK(fake.attached[0]->type == IOMMU_DOMAIN_BLOCKED);
	CUT_CHECK(!iommu_attach_group(domain, group));
	iommu_detach_group(domain, group);
	CUT_CHECK(fake.attached[0]->type == IOMMU_DOMAIN_BLOCKED);
	iommu_group_release_dma_owner(group);
	CUT_CHECK(fake.attached[0] == iommu_group_default_domain(group));
	iommu_domain_free(domain);
	iommu_group_put(group);
	teardown();
}

/* A device nobody serves is there, but has no group. */
void iommu_cut_probe_fails(void)
{
	setup();
	fake.fail_probe = true;
	add_device(0);
	CUT_CHECK(!found[0]->iommu_group && !found[0]->iommu);
	fake.fail_probe = false;
	fake.fail_attach_after = 0;
	add_device(2);
	CUT_CHECK(!found[2]->iommu_group && !found[2]->iommu);
	fake.fail_attach_after = UINT_MAX;
	CUT_CHECK(!iommu_probe_device(found[2]) && found[2]->iommu_group);
	teardown();
}

void iommu_cut_regions(void)
{
	static const struct {
		phys_addr_t start;
		size_t bytes;
	} expected[] = {
		{ 0x1000, 0x1800 }, { 0x8000, 0x1000 }, { 0x9000, 0x1000 },
	};
	struct iommu_resv_region *region;
	struct iommu_group *group;
	unsigned int i = 0;
	LIST_HEAD(list);

	setup();
	add_device(0);
	add_device(1);
	group = iommu_group_get(found[0]);
	CUT_CHECK(!iommu_get_group_resv_regions(group, &list));
	list_for_each_entry(region, &list, list) {
		CUT_CHECK(i < ARRAY_SIZE(expected) &&
			  region->start == expected[i].start &&
			  region->length == expected[i].bytes);
		i++;
	}
	CUT_CHECK(i == ARRAY_SIZE(expected));
	iommu_put_resv_regions(found[0], &list);
	CUT_CHECK(list_empty(&list));
	iommu_group_put(group);
	teardown();
}

static void note_release(void *data)
{
	*(bool *)data = true;
}

void iommu_cut_group_ids(void)
{
	struct iommu_group *groups[3];
	bool released = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		groups[i] = iommu_group_alloc();
		CUT_CHECK(iommu_group_id(groups[i]) == i);
	}
	iommu_group_set_iommudata(groups[1], &released, note_release);
	CUT_CHECK(iommu_group_get_iommudata(groups[1]) == &released);
	CUT_CHECK(!iommu_group_set_name(groups[1], "one"));
	iommu_group_put(groups[1]);
	CUT_CHECK(released);
	groups[1] = iommu_group_alloc();
	CUT_CHECK(iommu_group_id(groups[1]) == 1);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		iommu_group_put(groups[i]);
}
