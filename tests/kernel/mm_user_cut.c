// SPDX-License-Identifier: GPL-2.0-only
/*
 * mm_user_cut.c - kernel code that uses user memory, lists and devices
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/list.h>
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "mm_cut.h"

#define CHECK(condition)	do { if (!(condition)) return __LINE__; } while (0)

/* -- user memory -- */

static u8 buffer[16384];

long cut_copy_from(unsigned long user, unsigned long bytes)
{
	memset(buffer, 0xee, sizeof(buffer));
	return copy_from_user(buffer, (void __user *)user, bytes);
}

unsigned long cut_fault_in(unsigned long user, unsigned long bytes)
{
	return fault_in_readable((const char __user *)user, bytes) +
	       fault_in_writeable((char __user *)user, bytes);
}

long cut_copy_to(unsigned long user, unsigned long bytes)
{
	memset(buffer, 0x77, sizeof(buffer));
	return copy_to_user((void __user *)user, buffer, bytes);
}

long cut_copy_from_nofault(unsigned long user, unsigned long bytes)
{
	unsigned long left;

	pagefault_disable();
	left = __copy_from_user_inatomic(buffer, (void __user *)user, bytes);
	pagefault_enable();
	return left;
}

int cut_tail_is_zero(unsigned long bytes, unsigned long left)
{
	return !memchr_inv(buffer + bytes - left, 0, left);
}

int cut_get_put(unsigned long user)
{
	u64 __user *p64 = (void __user *)user;
	u8 __user *p8 = (void __user *)(user + 2);
	u64 big = 0;
	u16 word;
	s8 byte;
	int rc;

	CHECK(!put_user(0x8877665544332211ull, p64));
	CHECK(!get_user(big, p64) && big == 0x8877665544332211ull);
	CHECK(!get_user(byte, (s8 __user *)(user + 7)) && byte == -0x78);
	CHECK(!__put_user((u8)0xaa, p8));
	CHECK(!__get_user(word, (u16 __user *)p8) && word == 0x44aa);
	big = 5;
	rc = get_user(big, (u64 __user *)8ul);
	CHECK(rc == -EFAULT && big == 0);
	CHECK(put_user(1, (int __user *)8ul) == -EFAULT);
	CHECK(get_user(big, (u64 __user *)-16ul) == -EFAULT);
	CHECK(!clear_user(p64, 8) && !get_user(big, p64) && !big);
	return 0;
}

long cut_strncpy(unsigned long user, long count)
{
	return strncpy_from_user(buffer, (char __user *)user, count);
}

noinline void cut_copy_overflow(unsigned long user)
{
	u8 *p = kmalloc(16, GFP_KERNEL);

	/* Not a constant the compiler could refuse. */
	if (_copy_from_user(p, (void __user *)user, 17))
		return;
}

/* -- pins -- */

static struct page *pinned[16];

long cut_pin(unsigned long user, long nr, int write)
{
	return pin_user_pages_fast(user, nr, write ? FOLL_WRITE : 0, pinned);
}

noinline void cut_unpin(long nr)
{
	unpin_user_pages(pinned, nr);
}

noinline void cut_unpin_never_pinned(void)
{
	unpin_user_page(alloc_page(GFP_KERNEL));
}

void cut_unpin_dirty(long nr)
{
	unpin_user_pages_dirty_lock(pinned, nr, true);
}

int cut_page_dirty(long index)
{
	return PageDirty(pinned[index]);
}

int cut_pin_count(long index)
{
	return page_ref_count(pinned[index]);
}

void cut_write_pinned(long index, int byte)
{
	u8 *p = kmap_local_page(pinned[index]);

	*(volatile u8 *)p = byte;
	kunmap_local(p);
}

const void *cut_pinned_address(long index)
{
	return page_address(pinned[index]);
}

noinline void cut_put_pinned(void)
{
	page_ref_sub(pinned[0], GUP_PIN_COUNTING_BIAS - 1);
	put_page(pinned[0]);
}

noinline void cut_pin_unlocked_slow(unsigned long user)
{
	pin_user_pages_remote(current->mm, user, 1, 0, pinned, NULL
#if VTB_TREE_6_1
			      , NULL
#endif
			      );
}

/* -- lib -- */

noinline void cut_list_del_twice(void)
{
	LIST_HEAD(head);
	struct list_head entry;

	list_add(&entry, &head);
	list_del(&entry);
	list_del(&entry);
}

noinline void cut_list_add_twice(void)
{
	LIST_HEAD(head);
	struct list_head entry;

	list_add(&entry, &head);
	list_add(&entry, &head);
}

int cut_check_strings(void)
{
	char small[4], text[] = "  two words \n";

	CHECK(strscpy(small, "abc", 4) == 3 && !strcmp(small, "abc"));
	CHECK(strscpy(small, "abcd", 4) == -E2BIG && !strcmp(small, "abc"));
	CHECK(strscpy_pad(small, "a", 4) == 1 && !memcmp(small, "a\0\0\0", 4));
	CHECK(!strcmp(strim(text), "two words"));
	CHECK(sysfs_streq("on\n", "on") && !sysfs_streq("on", "off"));
	CHECK(memchr_inv("aaab", 'a', 4) && !memchr_inv("aaaa", 'a', 4));
	CHECK(!strnchr("abc", 2, 'c') && strnchr("abc", 3, 'c'));
	return 0;
}

int cut_check_xarray(void)
{
	DEFINE_XARRAY_ALLOC(xa);
	unsigned long i;
	u32 id;

	for (i = 0; i < 300; i++)
		CHECK(!xa_alloc(&xa, &id, xa_mk_value(i), xa_limit_31b,
				GFP_KERNEL) && id == i);
	CHECK(xa_load(&xa, 299) == xa_mk_value(299));
	xa_destroy(&xa);
	return 0;
}

/* -- a device -- */

char cut_device_log[64];
int cut_device_open_error;

static void log_char(char c)
{
	cut_device_log[strlen(cut_device_log)] = c;
}

static int cut_open(struct inode *inode, struct file *file)
{
	log_char('o');
	return cut_device_open_error;
}

static long cut_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	log_char('i');
	return cmd == 1 ? arg : -ENOIOCTLCMD;
}

static int cut_release_file(struct inode *inode, struct file *file)
{
	log_char('r');
	if (!current->mm)
		log_char('n');
	return 0;
}

static const struct file_operations cut_fops = {
	.open = cut_open,
	.release = cut_release_file,
	.unlocked_ioctl = cut_ioctl,
};

static struct miscdevice cut_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cut",
	.fops = &cut_fops,
};

int cut_device_register(void)
{
	return misc_register(&cut_misc);
}

void cut_device_unregister(void)
{
	misc_deregister(&cut_misc);
}

/* -- numbers of files, locked memory -- */

int cut_reserve_fd(void)
{
	return get_unused_fd_flags(O_CLOEXEC);
}

int cut_install_fd(int fd)
{
	struct file *file = anon_inode_getfile("[cut]", &cut_fops, NULL,
					       O_RDWR);

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd_install(fd, file);
	return 0;
}

int cut_lock_pages(long pages)
{
	return account_locked_vm(current->mm, abs(pages), pages > 0);
}
