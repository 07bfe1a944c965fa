// SPDX-License-Identifier: GPL-2.0-only
/*
 * util.c - copies of strings and buffers on the heap
 *
 * The caller of these is the owner of the memory in reports, so allocations go
 * through kmalloc_track_caller().
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <vtb/compat.h>
#include "internal.h"

static void *dup(const void *from, size_t copied, size_t bytes, gfp_t gfp,
		 unsigned long caller)
{
	struct vtb_object_request request = {
		.gfp = gfp,
		.bytes = bytes,
		.caller = caller,
	};
	void *to = vtb_kmalloc(&request);

	if (to && copied)
		memcpy(to, from, copied);
	return to;
}

static char *dup_string(const char *from, size_t len, gfp_t gfp,
			unsigned long caller)
{
	char *to = dup(from, len, len + 1, gfp, caller);

	if (to)
		to[len] = 0;
	return to;
}

char *kstrdup(const char *from, gfp_t gfp)
{
	return from ? dup_string(from, strlen(from), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL(kstrdup);

/* There is no .rodata to recognise: always a copy. */
const char *kstrdup_const(const char *from, gfp_t gfp)
{
	return from ? dup_string(from, strlen(from), gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL(kstrdup_const);

void kfree_const(const void *from)
{
	kfree(from);
}
EXPORT_SYMBOL(kfree_const);

char *kstrndup(const char *from, size_t max, gfp_t gfp)
{
	return from ? dup_string(from, strnlen(from, max), gfp, _RET_IP_) :
		      NULL;
}
EXPORT_SYMBOL(kstrndup);

void *VTB_PROF(kmemdup)(const void *from, size_t len, gfp_t gfp)
{
	return dup(from, len, len, gfp, _RET_IP_);
}
EXPORT_SYMBOL(VTB_PROF(kmemdup));

void *kmemdup_array(const void *from, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes = size_mul(n, size);

	return dup(from, bytes, bytes, gfp, _RET_IP_);
}
EXPORT_SYMBOL(kmemdup_array);

void *kvmemdup(const void *from, size_t len, gfp_t gfp)
{
	void *to = kvmalloc(len, gfp);

	if (to)
		memcpy(to, from, len);
	return to;
}
EXPORT_SYMBOL(kvmemdup);

char *kmemdup_nul(const char *from, size_t len, gfp_t gfp)
{
	return from ? dup_string(from, len, gfp, _RET_IP_) : NULL;
}
EXPORT_SYMBOL(kmemdup_nul);

/* -- from user memory: the copy, or ERR_PTR -- */

static void *copy_in(void *to, const void __user *from, size_t len)
{
	if (!to)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(to, from, len))
		return to;
	kvfree(to);
	return ERR_PTR(-EFAULT);
}

void *memdup_user(const void __user *from, size_t len)
{
	void *to = dup(NULL, 0, len, GFP_USER | __GFP_NOWARN, _RET_IP_);

	return copy_in(to, from, len);
}
EXPORT_SYMBOL(memdup_user);

void *vmemdup_user(const void __user *from, size_t len)
{
	return copy_in(kvmalloc(len, GFP_USER), from, len);
}
EXPORT_SYMBOL(vmemdup_user);

static void *dup_user_nul(const void __user *from, size_t len,
			  unsigned long caller)
{
	char *to = dup(NULL, 0, len + 1, GFP_KERNEL, caller);

	to = copy_in(to, from, len);
	if (!IS_ERR(to))
		to[len] = 0;
	return to;
}

void *memdup_user_nul(const void __user *from, size_t len)
{
	return dup_user_nul(from, len, _RET_IP_);
}
EXPORT_SYMBOL(memdup_user_nul);

char *strndup_user(const char __user *from, long max)
{
	long len = strnlen_user(from, max);
	char *to;

	if (!len)
		return ERR_PTR(-EFAULT);
	if (len > max)
		return ERR_PTR(-EINVAL);
	to = dup(NULL, 0, len, GFP_USER, _RET_IP_);
	to = copy_in(to, from, len);
	/* It may have changed since it was measured. */
	if (!IS_ERR(to))
		to[len - 1] = 0;
	return to;
}
EXPORT_SYMBOL(strndup_user);
