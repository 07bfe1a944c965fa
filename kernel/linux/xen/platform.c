// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - what a guest of Xen finds at boot
 *
 * Kernel code calls the hypervisor by a static call of no fixed prototype, with
 * registers as the public headers of Xen have them: the number in rax, arguments
 * in rdi, rsi, rdx, r10 and r8, the result in rax; nothing but these may change.
 * Of the arguments three get through: calls with more are none of ours.
 *
 * Ballooned pages are holes in the guest's physical memory, which is where what
 * others have granted is mapped. A hole is a page that the guest has given back
 * to the hypervisor; nobody may touch it as long as nothing is mapped there.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <xen/balloon.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/interface/memory.h>
#include <xen/xen.h>
#include <asm/xen/hypercall.h>
#include <vtb/runtime.h>

/* Set by whoever finds out at boot. */
enum xen_domain_type xen_domain_type = XEN_NATIVE;
EXPORT_SYMBOL_GPL(xen_domain_type);

u8 xen_features[XENFEAT_NR_SUBMAPS * 32];
EXPORT_SYMBOL_GPL(xen_features);

/* Guests whose memory is translated need no area of their own for the table. */
int arch_gnttab_init(unsigned long nr_shared, unsigned long nr_status)
{
	if (xen_pv_domain())
		vtb_unmodelled_case("arch_gnttab_init", "PV");
	return 0;
}

/* -- hypercalls -- */

long vtb_xen_hypercall(unsigned long nr, unsigned long a, unsigned long b,
		       unsigned long c);
long vtb_xen_hypercall(unsigned long nr, unsigned long a, unsigned long b,
		       unsigned long c)
{
	/* Leaving for the hypervisor serialises, as every exit of a vCPU does. */
	vtb_barrier(VTB_BARRIER_FULL, __builtin_return_address(0));
	return (long)vtb_hypercall(nr, a, b, c);
}

/* Whoever calls has no aligned stack for us, and keeps rcx, r9 and r11. */
asm(".pushsection .text\n"
    ".globl __SCT__xen_hypercall\n"
    ".type __SCT__xen_hypercall, @function\n"
    "__SCT__xen_hypercall:\n"
    "	push	%rbp\n"
    "	mov	%rsp, %rbp\n"
    "	push	%rcx\n"
    "	push	%r9\n"
    "	push	%r11\n"
    "	push	%r8\n"
    "	push	%r10\n"
    "	push	%rdx\n"
    "	push	%rsi\n"
    "	push	%rdi\n"
    "	and	$-16, %rsp\n"
    "	mov	%rdx, %rcx\n"
    "	mov	%rsi, %rdx\n"
    "	mov	%rdi, %rsi\n"
    "	mov	%rax, %rdi\n"
    "	call	vtb_xen_hypercall\n"
    "	mov	-8(%rbp), %rcx\n"
    "	mov	-16(%rbp), %r9\n"
    "	mov	-24(%rbp), %r11\n"
    "	mov	-32(%rbp), %r8\n"
    "	mov	-40(%rbp), %r10\n"
    "	mov	-48(%rbp), %rdx\n"
    "	mov	-56(%rbp), %rsi\n"
    "	mov	-64(%rbp), %rdi\n"
    "	leave\n"
    "	ret\n"
    ".size __SCT__xen_hypercall, . - __SCT__xen_hypercall\n"
    ".popsection");

/* What the static call's key would be; nobody changes it. */
struct static_call_key __SCK__xen_hypercall;

/* -- ballooned pages -- */

static int change_reservation(unsigned int cmd, struct page *page)
{
	xen_pfn_t frame = page_to_xen_pfn(page);
	struct xen_memory_reservation reservation = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(reservation.extent_start, &frame);
	return HYPERVISOR_memory_op(cmd, &reservation) == 1 ? 0 : -ENOMEM;
}

static struct page *alloc_hole(void)
{
	struct page *page = alloc_page(GFP_KERNEL);

	if (!page)
		return NULL;
	if (change_reservation(XENMEM_decrease_reservation, page)) {
		__free_page(page);
		return NULL;
	}
	vtb_poison(page_address(page), PAGE_SIZE, VTB_POISON_UNUSED);
	return page;
}

/* A hole that cannot be filled is lost, as the balloon keeps it. */
static void free_hole(struct page *page)
{
	if (change_reservation(XENMEM_populate_physmap, page))
		return;
	vtb_unpoison(page_address(page), PAGE_SIZE);
	__free_page(page);
}

int xen_alloc_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr_pages; i++) {
		pages[i] = alloc_hole();
		if (!pages[i]) {
			xen_free_ballooned_pages(i, pages);
			return -ENOMEM;
		}
	}
	return 0;
}
EXPORT_SYMBOL(xen_alloc_ballooned_pages);

void xen_free_ballooned_pages(unsigned int nr_pages, struct page **pages)
{
	unsigned int i;

	for (i = 0; i < nr_pages; i++)
		free_hole(pages[i]);
}
EXPORT_SYMBOL(xen_free_ballooned_pages);
