// SPDX-License-Identifier: GPL-2.0-only
/*
 * set_memory.c - memory that the guest keeps to itself or shares with its host
 *
 * As in arch/x86: an isolated guest of Hyper-V has the host told, and that is
 * the result; else whoever knows the hypervisor registers a hook. Without
 * encrypted memory there is nothing to change. Page tables are walked and
 * changed under a mutex, so callers must be able to sleep.
 */
#include <linux/cc_platform.h>
#include <linux/dma-direct.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <asm/mshyperv.h>
#include <vtb/compat.h>
#include <vtb/encryption.h>
#include <vtb/runtime.h>

/* Later kernels keep it to themselves. */
int hv_set_mem_host_visibility(unsigned long address, int nr_pages,
			       bool visible);

static const struct vtb_encryption *encryption;

void vtb_set_encryption(const struct vtb_encryption *ops)
{
	encryption = ops;
}

bool cc_platform_has(enum cc_attr attr)
{
	if (hv_is_isolation_supported())
		return attr == CC_ATTR_GUEST_MEM_ENCRYPT;
	return encryption && (attr == CC_ATTR_MEM_ENCRYPT ||
			      attr == CC_ATTR_GUEST_MEM_ENCRYPT);
}
EXPORT_SYMBOL_GPL(cc_platform_has);

bool force_dma_unencrypted(struct device *dev)
{
	return encryption;
}

static int set_encrypted(unsigned long address, int nr_pages, bool encrypted,
			 unsigned long caller)
{
	vtb_might_sleep("set_memory", caller);
	if (hv_is_isolation_supported())
		return hv_set_mem_host_visibility(address, nr_pages,
						  !encrypted);
	if (!encryption)
		return 0;
	if (WARN_ON_ONCE(address & ~PAGE_MASK))
		address &= PAGE_MASK;
	return encryption->change(address, nr_pages, encrypted);
}

int set_memory_encrypted(unsigned long address, int nr_pages)
{
	return set_encrypted(address, nr_pages, true, _RET_IP_);
}
EXPORT_SYMBOL_GPL(set_memory_encrypted);

int set_memory_decrypted(unsigned long address, int nr_pages)
{
	return set_encrypted(address, nr_pages, false, _RET_IP_);
}
EXPORT_SYMBOL_GPL(set_memory_decrypted);
