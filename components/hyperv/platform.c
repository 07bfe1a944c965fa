// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - a guest of Hyper-V comes up
 *
 * What ivm.c finds when it is first used: what CPUID says of the hypervisor,
 * the hypercall page, and for each vCPU an input page and, in a guest whose
 * registers are hidden, a page shared with the host (GHCB).
 *
 *	early	CPUID, identity, hypercall page, input pages
 *	core	(ivm.c: memory can be shared from here on) bounce buffers
 *	arch	GHCB pages, on the vCPU they belong to; bounce buffers are shared
 *
 * All of it lasts as long as the kernel. Who begins another one has the pages
 * hidden by ivm.c and the hypercall page is off when this returns.
 */
#include <linux/bitfield.h>
#include <linux/gfp.h>
#include <linux/hyperv.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/percpu.h>
#include <linux/set_memory.h>
#include <linux/sizes.h>
#include <linux/swiotlb.h>
#include <linux/version.h>
#include <linux/workqueue.h>
#include <asm/hypervisor.h>
#include <asm/mshyperv.h>
#include <asm/processor.h>
#include <asm/sev.h>
#include <vtb/compat.h>

#include "hv_platform.h"

void * __percpu *hyperv_pcpu_input_arg;
EXPORT_SYMBOL_GPL(hyperv_pcpu_input_arg);
union hv_ghcb * __percpu *hv_ghcb_pg;

static unsigned long hypercall_page;
static char *crash_text;	/* NULL: the host gets none */

/* -- what the hypervisor says of itself ----------------------------------- */

static void read_isolation(void)
{
	ms_hyperv.isolation_config_a = cpuid_eax(HYPERV_CPUID_ISOLATION_CONFIG);
	ms_hyperv.isolation_config_b = cpuid_ebx(HYPERV_CPUID_ISOLATION_CONFIG);
	if (ms_hyperv.shared_gpa_boundary_active)
		ms_hyperv.shared_gpa_boundary =
			BIT_ULL(ms_hyperv.shared_gpa_boundary_bits);
	if (hv_get_isolation_type() == HV_ISOLATION_TYPE_SNP)
		static_branch_enable(&isolation_type_snp);
}

static void read_features(void)
{
	ms_hyperv.features = cpuid_eax(HYPERV_CPUID_FEATURES);
	ms_hyperv.priv_high = cpuid_ebx(HYPERV_CPUID_FEATURES);
	ms_hyperv.misc_features = cpuid_edx(HYPERV_CPUID_FEATURES);
	ms_hyperv.max_vp_index = cpuid_eax(HYPERV_CPUID_IMPLEMENT_LIMITS);
	if (ms_hyperv.priv_high & HV_ISOLATION)
		read_isolation();
}

/* -- hypercalls ----------------------------------------------------------- */

static int alloc_input_pages(void)
{
	void **slot;
	int cpu;

	hyperv_pcpu_input_arg = alloc_percpu(void *);
	if (!hyperv_pcpu_input_arg)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		slot = (void **)per_cpu_ptr(hyperv_pcpu_input_arg, cpu);
		*slot = (void *)get_zeroed_page(GFP_KERNEL);
		if (!*slot)
			return -ENOMEM;
	}
	return 0;
}

static int switch_hypercalls_on(void)
{
	union hv_x64_msr_hypercall_contents page = { .enable = 1 };

	hypercall_page = get_zeroed_page(GFP_KERNEL);
	if (!hypercall_page)
		return -ENOMEM;
	page.guest_physical_address =
		virt_to_phys((void *)hypercall_page) >> HV_HYP_PAGE_SHIFT;
	wrmsrl(HV_X64_MSR_GUEST_OS_ID, hv_generate_guest_id(LINUX_VERSION_CODE));
	wrmsrl(HV_X64_MSR_HYPERCALL, page.as_uint64);
	return 0;
}

/* -- crashes -------------------------------------------------------------- */

static bool can_report_crash(void)
{
	return ms_hyperv.misc_features & HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE;
}

/* The log of an isolated guest is nothing for its host. */
static int alloc_crash_text(void)
{
	if (!can_report_crash() || hv_is_isolation_supported())
		return 0;
	crash_text = (char *)get_zeroed_page(GFP_KERNEL);
	return crash_text ? 0 : -ENOMEM;
}

int hv_platform_report_crash(const char *text, size_t bytes)
{
	u64 ctl = HV_CRASH_CTL_CRASH_NOTIFY;

	if (!can_report_crash())
		return -EOPNOTSUPP;
	bytes = min_t(size_t, bytes, HV_HYP_PAGE_SIZE);
	if (crash_text && bytes) {
		memcpy(crash_text, text, bytes);
		wrmsrl(HV_REGISTER_CRASH_P3, virt_to_phys(crash_text));
		wrmsrl(HV_REGISTER_CRASH_P4, bytes);
		ctl |= HV_CRASH_CTL_CRASH_NOTIFY_MSG;
	}
	wrmsrl(HV_REGISTER_CRASH_CTL, ctl);
	return 0;
}
EXPORT_SYMBOL_GPL(hv_platform_report_crash);

static int __init hv_platform_init(void)
{
	int rc;

	if (!hypervisor_is_type(X86_HYPER_MS_HYPERV))
		return 0;
	read_features();
	rc = alloc_input_pages();
	if (!rc)
		rc = switch_hypercalls_on();
	return rc ? rc : alloc_crash_text();
}
early_initcall(hv_platform_init);

/* -- bounce buffers ------------------------------------------------------- */

/* Nothing else of memory is for devices, all of which the host emulates. */
static int __init hv_bounce_init(void)
{
	if (!hv_isolation_type_snp())
		return 0;
	vtb_compat_swiotlb_set_shared_base(ms_hyperv.shared_gpa_boundary);
	swiotlb_adjust_size(SZ_256K);
	swiotlb_init(true, SWIOTLB_FORCE | SWIOTLB_ANY);
	return 0;
}
core_initcall(hv_bounce_init);

static int __init hv_bounce_share(void)
{
	if (hv_isolation_type_snp())
		swiotlb_update_mem_attributes();
	return 0;
}
arch_initcall(hv_bounce_share);

/* -- GHCB pages ----------------------------------------------------------- */

/* Runs on the vCPU that is to have it; what fails shows in its slot. */
static void make_ghcb(struct work_struct *work)
{
	void **slot = (void **)this_cpu_ptr(hv_ghcb_pg);
	unsigned long page = get_zeroed_page(GFP_KERNEL);
	phys_addr_t phys;

	if (!page)
		return;
	/* Whatever the host may have seen of it, nobody else gets it. */
	if (set_memory_decrypted(page, 1))
		return;
	phys = virt_to_phys((void *)page) + ms_hyperv.shared_gpa_boundary;
	*slot = memremap(phys, HV_HYP_PAGE_SIZE, MEMREMAP_WB);
	if (!*slot)
		return;
	memset(*slot, 0, HV_HYP_PAGE_SIZE);
	wrmsrl(MSR_AMD64_SEV_ES_GHCB, phys);
}

static int __init hv_ghcb_init(void)
{
	int rc, cpu;

	if (!hv_isolation_type_snp())
		return 0;
	hv_ghcb_pg = alloc_percpu(union hv_ghcb *);
	if (!hv_ghcb_pg)
		return -ENOMEM;
	rc = schedule_on_each_cpu(make_ghcb);
	for_each_online_cpu(cpu)
		if (!rc && !*(void **)per_cpu_ptr(hv_ghcb_pg, cpu))
			rc = -ENOMEM;
	if (!rc && !hv_ghcb_negotiate_protocol())
		hv_ghcb_terminate(0, GHCB_SEV_ES_PROT_UNSUPPORTED);
	return rc;
}
arch_initcall(hv_ghcb_init);
