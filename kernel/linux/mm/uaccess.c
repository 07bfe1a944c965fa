// SPDX-License-Identifier: GPL-2.0-only
/*
 * uaccess.c - copies between kernel and user memory
 *
 * A copy goes page by page. Before each page other actors may run, so a
 * concurrent munmap() or store of another thread can fall into the middle, as
 * it can on hardware. What is not copied stays away: the number of bytes left
 * is returned, always the tail of the range.
 *
 * A fault point (VTB_FAIL_UCOPY) makes a copy stop at a page boundary or at its
 * beginning, where real copies stop. With page faults disabled only present
 * pages can be copied.
 *
 * A copy is a fetch, one for each page of it: whoever may write the page may do so
 * before it is read, and not any more once it is being read.
 *
 * The special entry points __get_user_N and __put_user_N, which take their
 * arguments in odd registers, are in uaccess_entry.c.
 */
#include <linux/export.h>
#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vtb/compat.h>
#include <vtb/process.h>
#include "internal.h"

/* TOUCH_USER: what it reads is used for nothing, so it is no fetch. */
enum copy_kind { COPY_FROM_USER, COPY_TO_USER, CLEAR_USER, TOUCH_USER };

/* Read by access_ok() of 6.12. */
unsigned long USER_PTR_MAX __ro_after_init = TASK_SIZE_MAX;

static bool in_user_half(unsigned long address, unsigned long bytes)
{
	return bytes <= TASK_SIZE_MAX && address <= TASK_SIZE_MAX - bytes;
}

/* Linear address of one byte of user memory, or NULL. */
static void *user_byte(unsigned long address, bool write, bool may_fault)
{
	unsigned int flags = (write ? VTB_FAULT_WRITE : 0) |
			     (may_fault ? VTB_FAULT_IN : 0);
	long pfn;

	if (!current->mm)
		return NULL;
	pfn = vtb_user_page(current->mm, address, flags);
	if (pfn < 0)
		return NULL;
	if (write)
		vtb_frames_touch(pfn, 1);
	return vtb_frame_address(pfn) + offset_in_page(address);
}

/* Not memcpy(): user memory is poisoned for all but user copies. */
static void copy_piece(void *user, void *kernel, unsigned long bytes,
		       enum copy_kind kind)
{
	switch (kind) {
	case COPY_FROM_USER:
		vtb_fetch(user, bytes, NULL);
		fallthrough;
	case TOUCH_USER:
		vtb_bulk_copy(kernel, user, bytes);
		break;
	case COPY_TO_USER:
		vtb_bulk_copy(user, kernel, bytes);
		break;
	case CLEAR_USER:
		vtb_bulk_zero(user, bytes);
		break;
	}
}

/* Bytes that an injected fault lets through. */
static unsigned long bytes_before_fault(unsigned long user,
					unsigned long bytes)
{
	unsigned long pages = PFN_UP(offset_in_page(user) + bytes);
	unsigned long copied;

	if (!vtb_fail(VTB_FAIL_UCOPY))
		return bytes;
	copied = vtb_choose(pages);
	return copied ? (copied << PAGE_SHIFT) - offset_in_page(user) : 0;
}

static bool writes(enum copy_kind kind)
{
	return kind == COPY_TO_USER || kind == CLEAR_USER;
}

/* Returns the number of bytes not copied. */
static unsigned long user_copy(unsigned long user, void *kernel,
			       unsigned long bytes, enum copy_kind kind)
{
	unsigned long allowed, left = bytes;
	bool may_fault = vtb_may_fault();

	if (!bytes)
		return 0;
	if (!in_user_half(user, bytes))
		return bytes;
	allowed = bytes_before_fault(user, bytes);
	while (left && bytes - left < allowed) {
		unsigned long piece = min(left, PAGE_SIZE - offset_in_page(user));
		void *address;

		vtb_preempt_point();
		address = user_byte(user, writes(kind), may_fault);
		if (!address)
			break;
		copy_piece(address, kernel, piece, kind);
		user += piece;
		kernel += kind == CLEAR_USER ? 0 : piece;
		left -= piece;
	}
	return left;
}

unsigned long vtb_raw_copy_from_user(void *to, const void __user *from,
				     unsigned long bytes)
{
	return user_copy((unsigned long)from, to, bytes, COPY_FROM_USER);
}

unsigned long vtb_raw_copy_to_user(void __user *to, const void *from,
				   unsigned long bytes)
{
	return user_copy((unsigned long)to, (void *)from, bytes, COPY_TO_USER);
}

unsigned long vtb_clear_user(void __user *to, unsigned long bytes)
{
	return user_copy((unsigned long)to, NULL, bytes, CLEAR_USER);
}

unsigned long _copy_from_user(void *to, const void __user *from,
			      unsigned long bytes)
{
	unsigned long left = bytes;

	might_fault();
	if (access_ok(from, bytes)) {
		__kcsan_check_access(to, bytes, KCSAN_ACCESS_WRITE);
		left = vtb_raw_copy_from_user(to, from, bytes);
	}
	if (left)
		memset(to + (bytes - left), 0, left);
	return left;
}
EXPORT_SYMBOL(_copy_from_user);

unsigned long _copy_to_user(void __user *to, const void *from,
			    unsigned long bytes)
{
	might_fault();
	if (!access_ok(to, bytes))
		return bytes;
	__kcsan_check_access(from, bytes, 0);
	return vtb_raw_copy_to_user(to, from, bytes);
}
EXPORT_SYMBOL(_copy_to_user);

/* -- single values -- */

int vtb_get_user(unsigned long user, unsigned int size, u64 *value)
{
	*value = 0;
	return vtb_raw_copy_from_user(value, (void __user *)user, size) ?
	       -EFAULT : 0;
}

int vtb_put_user(unsigned long user, unsigned int size, u64 value)
{
	return vtb_raw_copy_to_user((void __user *)user, &value, size) ?
	       -EFAULT : 0;
}

/* -- strings and checks -- */

long strncpy_from_user(char *to, const char __user *from, long count)
{
	long i;

	might_fault();
	for (i = 0; i < count; i++) {
		if (vtb_raw_copy_from_user(to + i, from + i, 1))
			return -EFAULT;
		if (!to[i])
			return i;
	}
	return i;
}
EXPORT_SYMBOL(strncpy_from_user);

/* With the final NUL; 0 for a fault; more than @count if there is none. */
long strnlen_user(const char __user *string, long count)
{
	char c;
	long i;

	might_fault();
	for (i = 0; i < count; i++) {
		if (vtb_raw_copy_from_user(&c, string + i, 1))
			return 0;
		if (!c)
			return i + 1;
	}
	return count + 1;
}
EXPORT_SYMBOL(strnlen_user);

int check_zeroed_user(const void __user *from, size_t size)
{
	u8 byte;

	for (; size; size--, from++) {
		if (vtb_raw_copy_from_user(&byte, from, 1))
			return -EFAULT;
		if (byte)
			return 0;
	}
	return 1;
}
EXPORT_SYMBOL(check_zeroed_user);

long copy_from_user_nofault(void *to, const void __user *from, size_t size)
{
	long left;

	pagefault_disable();
	left = vtb_raw_copy_from_user(to, from, size);
	pagefault_enable();
	return left ? -EFAULT : 0;
}
EXPORT_SYMBOL_GPL(copy_from_user_nofault);

long copy_to_user_nofault(void __user *to, const void *from, size_t size)
{
	long left;

	pagefault_disable();
	left = vtb_raw_copy_to_user(to, from, size);
	pagefault_enable();
	return left ? -EFAULT : 0;
}
EXPORT_SYMBOL_GPL(copy_to_user_nofault);

void __copy_overflow(int size, unsigned long count)
{
	WARN(1, "Buffer overflow detected (%d < %lu)!\n", size, count);
}
EXPORT_SYMBOL(__copy_overflow);

void __might_fault(const char *file, int line)
{
	if (!pagefault_disabled())
		vtb_might_sleep("user copy", _RET_IP_);
}
EXPORT_SYMBOL(__might_fault);

/* Bytes at the beginning of a user range that cannot be read or written. */
size_t fault_in_readable(const char __user *user, size_t size)
{
	size_t left = size;
	u8 byte;

	while (left) {
		size_t piece = min_t(size_t, left,
				     PAGE_SIZE - offset_in_page(user));

		if (user_copy((unsigned long)user, &byte, 1, TOUCH_USER))
			break;
		user += piece;
		left -= piece;
	}
	return left;
}
EXPORT_SYMBOL(fault_in_readable);

size_t fault_in_writeable(char __user *user, size_t size)
{
	size_t left = size;

	while (left) {
		size_t piece = min_t(size_t, left,
				     PAGE_SIZE - offset_in_page(user));
		u8 byte;

		if (user_copy((unsigned long)user, &byte, 1, TOUCH_USER) ||
		    vtb_raw_copy_to_user(user, &byte, 1))
			break;
		user += piece;
		left -= piece;
	}
	return left;
}
EXPORT_SYMBOL(fault_in_writeable);

/* -- the process itself: bridge.h -- */

static long user_access(unsigned long user, void *buffer, unsigned long bytes,
			bool write)
{
	while (bytes) {
		unsigned long piece = min(bytes, PAGE_SIZE - offset_in_page(user));
		void *address;

		if (!in_user_half(user, piece))
			return -EFAULT;
		address = user_byte(user, write, true);
		if (!address)
			return -EFAULT;
		copy_piece(address, buffer, piece,
			   write ? COPY_TO_USER : TOUCH_USER);
		user += piece;
		buffer += piece;
		bytes -= piece;
	}
	return 0;
}

long vtb_user_load(unsigned long address, void *to, unsigned long bytes)
{
	return user_access(address, to, bytes, false);
}

long vtb_user_store(unsigned long address, const void *from,
		    unsigned long bytes)
{
	return user_access(address, (void *)from, bytes, true);
}
