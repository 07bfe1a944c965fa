// SPDX-License-Identifier: GPL-2.0-only
/*
 * support.c - what files of lib/ that we take from the tree want besides
 *
 * Nodes of xarrays, random numbers that are the same in every run, and names of
 * flags for printk (none: flags are printed as numbers).
 */
#include <linux/export.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <linux/types.h>
#include <linux/uuid.h>
#include <linux/xarray.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>

/* -- xarray: nodes are all zero while they are free -- */

struct kmem_cache *radix_tree_node_cachep;

static void clear_node(void *memory)
{
	struct xa_node *node = memory;

	memset(node, 0, sizeof(*node));
	INIT_LIST_HEAD(&node->private_list);
}

void radix_tree_node_rcu_free(struct rcu_head *head)
{
	struct xa_node *node = container_of(head, struct xa_node, rcu_head);

	clear_node(node);
	kmem_cache_free(radix_tree_node_cachep, node);
}

void vtb_lib_init(void)
{
	radix_tree_node_cachep = kmem_cache_create("radix_tree_node",
						   sizeof(struct xa_node), 0,
						   SLAB_PANIC, clear_node);
}

/* -- random numbers: one stream per instance, equal in every run -- */

static u64 random_state = 0x76746262656e6368ull;

u64 get_random_u64(void)
{
	u64 z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}
EXPORT_SYMBOL(get_random_u64);

u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}
EXPORT_SYMBOL(get_random_u32);

u16 get_random_u16(void)
{
	return get_random_u64() >> 48;
}
EXPORT_SYMBOL(get_random_u16);

u8 get_random_u8(void)
{
	return get_random_u64() >> 56;
}
EXPORT_SYMBOL(get_random_u8);

u32 __get_random_u32_below(u32 ceiling)
{
	return (u64)get_random_u32() * ceiling >> 32;
}
EXPORT_SYMBOL(__get_random_u32_below);

void get_random_bytes(void *buffer, size_t bytes)
{
	while (bytes) {
		u64 value = get_random_u64();
		size_t n = min(bytes, sizeof(value));

		memcpy(buffer, &value, n);
		buffer += n;
		bytes -= n;
	}
}
EXPORT_SYMBOL(get_random_bytes);

bool rng_is_initialized(void)
{
	return true;
}
EXPORT_SYMBOL(rng_is_initialized);

int execute_with_initialized_rng(struct notifier_block *nb)
{
	nb->notifier_call(nb, 0, NULL);
	return 0;
}

/* -- printk -- */

const struct trace_print_flags pageflag_names[] = { { 0, NULL } };
const struct trace_print_flags gfpflag_names[] = { { 0, NULL } };
const struct trace_print_flags vmaflag_names[] = { { 0, NULL } };

/* Where the bytes of a UUID stand in its text. */
const u8 guid_index[16] = {
	3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15,
};
const u8 uuid_index[16] = {
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
};
