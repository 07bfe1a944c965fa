/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - arguments of hypercalls: copies from and to the calling guest
 *
 * Arguments are addressed by guest-physical addresses, which spares guests page
 * tables of their own. Other vCPUs of the guest may change them at any time.
 */
#include <vtb/bridge.h>

#include <errno.h>
#include <string.h>

#include <xen/sched.h>

#include "hypervisor.h"

/* The bytes of one frame: from @at up to its end at most. */
static size_t piece(guest_addr_t at, size_t bytes)
{
	size_t room = PAGE_SIZE - (at & (PAGE_SIZE - 1));

	return bytes < room ? bytes : room;
}

static char *at_page(struct page_info *page, guest_addr_t at)
{
	return (char *)mfn_to_virt(page_to_mfn(page)) + (at & (PAGE_SIZE - 1));
}

int copy_from_guest(void *to, guest_addr_t from, size_t bytes)
{
	struct page_info *page;
	size_t n;

	vtb_preempt_point();
	if (vtb_fail(VTB_FAIL_UCOPY))
		return -EFAULT;
	for (; bytes; bytes -= n, from += n, to = (char *)to + n) {
		n = piece(from, bytes);
		page = get_any_page_from_gfn(current->domain,
					     from >> PAGE_SHIFT, false);
		if (!page)
			return -EFAULT;
		vtb_fetch(at_page(page, from), n, NULL);
		memcpy(to, at_page(page, from), n);
		put_page(page);
	}
	return 0;
}

int copy_to_guest(guest_addr_t to, const void *from, size_t bytes)
{
	struct page_info *page;
	size_t n;

	vtb_preempt_point();
	if (vtb_fail(VTB_FAIL_UCOPY))
		return -EFAULT;
	for (; bytes; bytes -= n, to += n, from = (const char *)from + n) {
		n = piece(to, bytes);
		page = get_any_page_from_gfn(current->domain, to >> PAGE_SHIFT,
					     true);
		if (!page)
			return -EFAULT;
		memcpy(at_page(page, to), from, n);
		put_page(page);
	}
	return 0;
}
