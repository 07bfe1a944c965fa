/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_cut.h - kernel-side code for the tests of mm/, lib/ and fs/
 *
 * "cut" = code under test. Plain C types: both compile worlds see this.
 */
#ifndef MM_CUT_H
#define MM_CUT_H

struct vtb_account;
struct vtb_boot;

/* kernel/linux/include/vtb/runtime.h, which is not for the bench. */
void vtb_mm_account(struct vtb_account *account);

/* mm_exec_mock.c */
void cut_boot(const struct vtb_boot *boot);
void cut_set_atomic(int on);
void cut_grace_period(void);

/* Writes bytes [from, to) of a new object of @size bytes, then frees it. */
void cut_touch(unsigned long size, long from, long to);
void cut_use_after_free(unsigned long size);
void cut_double_free(void);
void cut_free_inside(void);
void cut_free_static(void);
void cut_free_page_by_kfree(void);
void *cut_keep(unsigned long size);
void cut_release(void *object);
unsigned long cut_usable(unsigned long size);
/* Checks contents of new memory: 0, or a number that says what is wrong. */
int cut_check_contents(void);
int cut_check_alignment(void);
int cut_check_krealloc(void);
int cut_check_quarantine(void);

/* All allocation functions of both trees in one go; 0, or -ENOMEM. */
int cut_allocate_everything(void);

void *cut_cache_new(int with_ctor);
void *cut_cache_alloc(void *cache);
void cut_cache_free(void *cache, void *object);
void cut_cache_destroy(void *cache);
int cut_check_ctor(void);

int cut_check_orders(void);
int cut_check_gaps(void);
int cut_check_compound(void);
int cut_check_exact(void);
int cut_page_references(void);
void cut_page_double_free(void);
void cut_page_wrong_order(void);
void cut_page_free_middle(void);
void cut_page_put_too_often(void);
unsigned long cut_alloc_page(void);
void cut_free_page(unsigned long address);

void cut_kfree_rcu(void);
void cut_kfree_rcu_twice(void);
void cut_sleeping_alloc(void);
int cut_atomic_alloc(void);

unsigned long cut_phys_of_static(void);
unsigned long cut_phys_of_stack(void);
unsigned long cut_phys_of_vmalloc(void);
int cut_check_phys(void);
int cut_check_pfn_valid(unsigned long nr_frames);

int cut_check_vmalloc(void);
int cut_check_kvmalloc(int vmalloc);
int cut_check_ring(void);
void cut_vmalloc_overrun(unsigned long size);
void cut_use_after_vfree(void);
void cut_vfree_twice(void);

int cut_check_mmio(void);
void cut_mmio_after_unmap(void);
void cut_mmio_past_end(void);
void cut_mmio_of_ram(void);

/* User memory: addresses are those of the current process. */
long cut_copy_from(unsigned long user, unsigned long bytes);
unsigned long cut_fault_in(unsigned long user, unsigned long bytes);
long cut_copy_to(unsigned long user, unsigned long bytes);
long cut_copy_from_nofault(unsigned long user, unsigned long bytes);
int cut_tail_is_zero(unsigned long bytes, unsigned long left);
int cut_get_put(unsigned long user);
long cut_strncpy(unsigned long user, long count);
void cut_copy_overflow(unsigned long user);

/* Pages are kept in a table of 16. */
long cut_pin(unsigned long user, long nr, int write);
void cut_unpin(long nr);
void cut_unpin_dirty(long nr);
void cut_unpin_never_pinned(void);
int cut_page_dirty(long index);
int cut_pin_count(long index);
void cut_write_pinned(long index, int byte);
const void *cut_pinned_address(long index);
void cut_put_pinned(void);
void cut_pin_unlocked_slow(unsigned long user);

void cut_list_del_twice(void);
void cut_list_add_twice(void);
int cut_check_strings(void);
int cut_check_xarray(void);

/*
 * A misc device "cut"; cut_device_log: 'o'pen, 'i'octl, 'r'elease, 'n'o mm
 * there.
 */
int cut_device_register(void);
void cut_device_unregister(void);
extern char cut_device_log[64];
extern int cut_device_open_error;
/* Numbers of files: a number, a file of the same kind under it. */
int cut_reserve_fd(void);
int cut_install_fd(int fd);
int cut_lock_pages(long pages);

#endif
