// SPDX-License-Identifier: GPL-2.0-only
/*
 * ivm.c - isolated guests of Hyper-V: what the host may see of memory
 *
 * Memory of such a guest is its own until it asks the hypervisor to make pages
 * visible. With a shared GPA boundary (SNP with vTOM) a page is then used at
 * its address plus the boundary, by a mapping of its own:
 *
 *	linear map       vmap_pfn()
 *	0 .. end         boundary .. boundary + end
 *	private pages    visible pages
 *
 * The call takes as many pages as its input has room for in one page of the
 * hypervisor, may do part of them, and may fail after part of them. What fails
 * while it makes pages visible is undone; what fails while it hides them leaves
 * some visible, and the caller must not give them to anybody else. Either way
 * their content is lost.
 *
 * Units: the hypervisor counts in pages of 4 KiB (HV_HYP_PAGE_SIZE) whatever
 * the guest's are; addresses and counts of callers are in the guest's.
 *
 * While the host may see a page it is missing from the linear map: a load that
 * strays into it from the page before (load_unaligned_zeropad()) is made good
 * where nothing is mapped, and would stop the guest where the page is mapped
 * and must not be used. Missing first, visible then; hidden first, mapped then.
 *
 * hv_visible has a bit for each page of the hypervisor that it has been asked
 * to make visible and that is not known to be hidden again. It is what a kernel
 * that ends has to take back: its successor would know nothing of it.
 *
 * Locking: callers own the pages they change; hv_visible_lock is for the bits;
 * the input page belongs to its vCPU while interrupts are off.
 */
#include <linux/bitfield.h>
#include <linux/delay.h>
#include <linux/hyperv.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/reboot.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <asm/hypervisor.h>
#include <asm/mshyperv.h>

#include "hv_ivm.h"

/* Of the hypervisor's pages, in one of the guest. */
#define HV_PER_PAGE	(PAGE_SIZE / HV_HYP_PAGE_SIZE)

/* Pages of one call: the input page less its head, in the hypervisor's units. */
#define MAX_REPS	((HV_HYP_PAGE_SIZE - 2 * sizeof(u64)) / sizeof(u64))

/* A host short of resources may have some a moment later. */
#define TRIES		4
#define RETRY_US	20

/* Results worth another try, beside HV_STATUS_INSUFFICIENT_MEMORY. */
#define STATUS_TIMEOUT	0x78

/* Input of the call; the kernel's struct is as long as a page of the guest. */
struct visibility_input {
	u64 partition_id;
	u32 visibility;
	u32 reserved;
	u64 pfns[MAX_REPS];
};

static DEFINE_SPINLOCK(hv_visible_lock);
static unsigned long *hv_visible;
static unsigned long hv_visible_pages;

DEFINE_STATIC_KEY_FALSE(isolation_type_snp);

/* -- what kind of guest this is ------------------------------------------- */

enum hv_isolation_type hv_get_isolation_type(void)
{
	if (!(ms_hyperv.priv_high & HV_ISOLATION))
		return HV_ISOLATION_TYPE_NONE;
	return FIELD_GET(HV_ISOLATION_TYPE, ms_hyperv.isolation_config_b);
}
EXPORT_SYMBOL_GPL(hv_get_isolation_type);

bool hv_is_isolation_supported(void)
{
	return cpu_feature_enabled(X86_FEATURE_HYPERVISOR) &&
	       hypervisor_is_type(X86_HYPER_MS_HYPERV) &&
	       hv_get_isolation_type() != HV_ISOLATION_TYPE_NONE;
}

bool hv_isolation_type_snp(void)
{
	return static_branch_unlikely(&isolation_type_snp);
}

/* -- which pages the host may see ----------------------------------------- */

/* A run of pages of the hypervisor: at @address, or, without, from @pfn on. */
struct hv_pages {
	void *address;
	u64 pfn;
	unsigned long nr;
};

static u64 page_of(const struct hv_pages *pages, unsigned long i)
{
	if (!pages->address)
		return pages->pfn + i;
	return virt_to_hvpfn(pages->address + i * HV_HYP_PAGE_SIZE);
}

static void note_visible(u64 pfn, bool visible)
{
	unsigned long flags;

	if (!hv_visible || pfn >= hv_visible_pages)
		return;
	spin_lock_irqsave(&hv_visible_lock, flags);
	__assign_bit(pfn, hv_visible, visible);
	spin_unlock_irqrestore(&hv_visible_lock, flags);
}

/*
 * Without a boundary there is no other address. A page of the guest comes back
 * to the linear map when the host sees no part of it any more.
 */
static void map_page(u64 pfn, bool visible)
{
	u64 first = rounddown(pfn, HV_PER_PAGE), end = first + HV_PER_PAGE;
	struct page *page = pfn_to_page(pfn / HV_PER_PAGE);

	if (!ms_hyperv.shared_gpa_boundary)
		return;
	if (visible)
		set_direct_map_invalid_noflush(page);
	else if (!hv_visible || find_next_bit(hv_visible, end, first) >= end)
		set_direct_map_default_noflush(page);
}

static void note_pages(const struct hv_pages *pages, unsigned long first,
		       unsigned long end, bool visible)
{
	for (; first < end; first++) {
		note_visible(page_of(pages, first), visible);
		map_page(page_of(pages, first), visible);
	}
}

/*
 * One call for pages [first, first + count). Returns the status; *done is how
 * many of them it has changed.
 */
static u64 change_batch(const struct hv_pages *pages, unsigned long first,
			u16 count, u32 visibility, u16 *done)
{
	struct visibility_input *input;
	unsigned long flags;
	u64 status;
	u16 i;

	*done = 0;
	local_irq_save(flags);
	input = *this_cpu_ptr(hyperv_pcpu_input_arg);
	if (unlikely(!input)) {
		local_irq_restore(flags);
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	}
	input->partition_id = HV_PARTITION_ID_SELF;
	input->visibility = visibility;
	input->reserved = 0;
	for (i = 0; i < count; i++)
		input->pfns[i] = page_of(pages, first + i);
	status = hv_do_rep_hypercall(
			HVCALL_MODIFY_SPARSE_GPA_PAGE_HOST_VISIBILITY, count,
			0, input, NULL);
	local_irq_restore(flags);
	/* A host that claims more than it was asked for has done all. */
	*done = min_t(u16, hv_repcomp(status), count);
	return status;
}

static bool worth_a_retry(u64 status)
{
	return hv_result(status) == HV_STATUS_INSUFFICIENT_MEMORY ||
	       hv_result(status) == STATUS_TIMEOUT;
}

/* Changes them all, or returns -EIO; *done counts those that are changed. */
static int change_pages(const struct hv_pages *pages, u32 visibility,
			unsigned long *done)
{
	unsigned int tries = TRIES;
	u64 status;
	u16 count, reps;

	for (*done = 0; *done < pages->nr; *done += reps) {
		count = min_t(unsigned long, pages->nr - *done, MAX_REPS);
		status = change_batch(pages, *done, count, visibility, &reps);
		if (hv_result_success(status)) {
			tries = TRIES;
			continue;
		}
		if (!worth_a_retry(status) || !--tries) {
			*done += reps;
			pr_err_ratelimited("Hyper-V: status 0x%x after %lu of %lu pages\n",
					   hv_result(status), *done, pages->nr);
			return -EIO;
		}
		usleep_range(RETRY_US, 2 * RETRY_US);
	}
	return 0;
}

static int hide_pages(const struct hv_pages *pages)
{
	unsigned long done;
	int rc = change_pages(pages, VMBUS_PAGE_NOT_VISIBLE, &done);

	note_pages(pages, 0, done, false);
	return rc;
}

static int show_pages(const struct hv_pages *pages)
{
	struct hv_pages undo = *pages;
	int rc;

	note_pages(pages, 0, pages->nr, true);
	rc = change_pages(pages, VMBUS_PAGE_VISIBLE_READ_WRITE, &undo.nr);
	if (!rc)
		return 0;
	/* The host has not got to those behind. */
	note_pages(pages, undo.nr, pages->nr, false);
	if (undo.nr && hide_pages(&undo))
		pr_err("Hyper-V: memory stays visible to the host\n");
	return rc;
}

/*
 * hv_set_mem_host_visibility() - what set_memory_decrypted() and _encrypted() do
 * @kbuffer:	first page, in the linear map or vmalloc()ed
 * @pagecount:	pages of the guest
 *
 * Return: 0, or a negative errno. Having failed to hide, the host may see any of
 * the pages; having failed to show, none unless it refused to hide them again,
 * which a caller who means to free them finds out by hiding them.
 */
int hv_set_mem_host_visibility(unsigned long kbuffer, int pagecount,
			       bool visible)
{
	struct hv_pages pages = {
		.address = (void *)kbuffer,
		.nr = (unsigned long)pagecount * HV_PER_PAGE,
	};

	if (!hv_is_isolation_supported() || !hv_hypercall_pg)
		return 0;
	if (WARN_ON_ONCE(pagecount < 0 || offset_in_page(kbuffer)))
		return -EINVAL;
	return visible ? show_pages(&pages) : hide_pages(&pages);
}

/* -- mappings above the boundary ------------------------------------------ */

static unsigned long pfn_of(const void *address)
{
	return is_vmalloc_addr(address) ? vmalloc_to_pfn(address) :
					  virt_to_phys((void *)address) >>
						PAGE_SHIFT;
}

/*
 * hv_map_memory() - visible memory at the address where it can be used
 * @addr:	page-aligned, in the linear map or vmalloc()ed
 * @size:	bytes; the last page is mapped whole
 *
 * Return: the mapping, or NULL: there is no memory, or nothing to be mapped.
 */
void *hv_map_memory(void *addr, unsigned long size)
{
	unsigned long nr = PFN_UP(size), i, *pfns;
	void *mapped;

	if (!nr || WARN_ON_ONCE(offset_in_page(addr)))
		return NULL;
	pfns = kvmalloc_array(nr, sizeof(*pfns), GFP_KERNEL);
	if (!pfns)
		return NULL;
	for (i = 0; i < nr; i++)
		pfns[i] = pfn_of(addr + i * PAGE_SIZE) +
			  (ms_hyperv.shared_gpa_boundary >> PAGE_SHIFT);
	mapped = vmap_pfn(pfns, nr, PAGE_KERNEL_IO);
	kvfree(pfns);
	return mapped;
}

/* May sleep. What the host may see does not change. */
void hv_unmap_memory(void *addr)
{
	vunmap(addr);
}

/* -- the end of this kernel ----------------------------------------------- */

/* The next run of visible pages behind @pages; false: there is none. */
static bool next_visible(struct hv_pages *pages)
{
	unsigned long first, flags;

	spin_lock_irqsave(&hv_visible_lock, flags);
	first = find_next_bit(hv_visible, hv_visible_pages,
			      pages->pfn + pages->nr);
	pages->pfn = first;
	pages->nr = find_next_zero_bit(hv_visible, hv_visible_pages, first) -
		    first;
	spin_unlock_irqrestore(&hv_visible_lock, flags);
	return pages->nr;
}

int hv_ivm_hide_all(void)
{
	struct hv_pages pages = { 0 };
	int rc = 0;

	while (hv_visible && next_visible(&pages))
		if (hide_pages(&pages))
			rc = -EIO;
	return rc;
}

static int hv_ivm_reboot(struct notifier_block *nb, unsigned long event,
			 void *unused)
{
	if (hv_ivm_hide_all())
		pr_err("Hyper-V: the next kernel finds memory that is visible to the host\n");
	return NOTIFY_DONE;
}

/* After all who may yet use what they share: they have higher priorities. */
static struct notifier_block hv_ivm_reboot_nb = {
	.notifier_call = hv_ivm_reboot,
	.priority = INT_MIN,
};

static int __init hv_ivm_init(void)
{
	unsigned long nr = max_pfn * HV_PER_PAGE;

	if (!hv_is_isolation_supported())
		return 0;
	hv_visible = kvcalloc(BITS_TO_LONGS(nr), sizeof(long), GFP_KERNEL);
	if (!hv_visible)
		return -ENOMEM;
	hv_visible_pages = nr;
	return register_reboot_notifier(&hv_ivm_reboot_nb);
}
/* Before anybody shares memory. */
core_initcall(hv_ivm_init);
