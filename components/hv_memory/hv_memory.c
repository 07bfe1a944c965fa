// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_memory.c - memory that drivers of an isolated guest share with the host
 *
 * What drivers do with send and receive buffers, without a device: buffers are
 * allocated, made visible page by page or as a whole, mapped where they can be
 * used, hidden, freed.
 *
 *	private --share--> shared --hide--> private
 *	   |                  |                |
 *	   +---- it fails ----+-> unknown -----+ hide
 *
 * A page is freed when it is private and not before. What the host refuses to
 * hide waits in a list, and is tried again whenever a buffer is freed and when
 * the last file is closed.
 *
 * Locking: buffers_lock for the table and the list; a buffer's own lock for what
 * is known of its pages. Neither is held while the host is asked: pages are
 * "changing" meanwhile, and nobody else does anything to them. A buffer that is
 * being freed is in neither table nor list.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/swiotlb.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/mshyperv.h>
#include <asm/word-at-a-time.h>
#include <vtb/compat.h>

#include "hv_memory_ioctl.h"
#include "hv_platform.h"

struct hv_buffer {
	struct list_head list;		/* of those that cannot be freed */
	struct rcu_head rcu;
	struct work_struct work;
	struct mutex lock;
	void *address;
	void *alias;			/* NULL: not mapped */
	unsigned long alias_bytes;
	unsigned int nr_pages;
	unsigned int users;		/* calls that are at work with it */
	enum hv_memory_kind kind;
	u8 state[];			/* enum hv_memory_state of each page */
};

static DEFINE_MUTEX(buffers_lock);
static struct hv_buffer *buffers[HV_MEMORY_BUFFERS];
static LIST_HEAD(stuck);
static unsigned int nr_open;

/* -- finding -------------------------------------------------------------- */

static struct hv_buffer *buffer_get(u32 id)
{
	struct hv_buffer *buffer = NULL;

	mutex_lock(&buffers_lock);
	if (id < HV_MEMORY_BUFFERS && buffers[id]) {
		buffer = buffers[id];
		buffer->users++;
	}
	mutex_unlock(&buffers_lock);
	return buffer;
}

static void buffer_put(struct hv_buffer *buffer)
{
	mutex_lock(&buffers_lock);
	buffer->users--;
	mutex_unlock(&buffers_lock);
}

static bool is_range(const struct hv_buffer *buffer,
		     const struct hv_memory_range *range)
{
	return range->pages && range->first < buffer->nr_pages &&
	       range->pages <= buffer->nr_pages - range->first;
}

/* -- states --------------------------------------------------------------- */

static bool all_are(const struct hv_buffer *buffer,
		    const struct hv_memory_range *range, unsigned int states)
{
	u32 i;

	for (i = range->first; i < range->first + range->pages; i++)
		if (!(states >> buffer->state[i] & 1))
			return false;
	return true;
}

static void set_states(struct hv_buffer *buffer,
		       const struct hv_memory_range *range,
		       enum hv_memory_state state)
{
	memset(buffer->state + range->first, state, range->pages);
}

static void *page_address_of(const struct hv_buffer *buffer, u32 page)
{
	return buffer->address + page * PAGE_SIZE;
}

/* From one of @states to @to by @change; the content is lost. */
static int change_range(struct hv_buffer *buffer,
			const struct hv_memory_range *range,
			unsigned int states, enum hv_memory_state to,
			int (*change)(unsigned long address, int nr_pages))
{
	unsigned long address = (unsigned long)page_address_of(buffer,
							       range->first);
	int rc;

	mutex_lock(&buffer->lock);
	rc = !is_range(buffer, range) ? -EINVAL :
	     !all_are(buffer, range, states) ? -EBUSY : 0;
	if (!rc)
		set_states(buffer, range, HV_MEMORY_CHANGING);
	mutex_unlock(&buffer->lock);
	if (rc)
		return rc;
	/* Where the host sees content that was there before: none of ours. */
	if (to == HV_MEMORY_SHARED)
		memset((void *)address, 0, range->pages * PAGE_SIZE);
	rc = change(address, range->pages);
	mutex_lock(&buffer->lock);
	set_states(buffer, range, rc ? HV_MEMORY_UNKNOWN : to);
	mutex_unlock(&buffer->lock);
	return rc;
}

static int hide_range(struct hv_buffer *buffer,
		      const struct hv_memory_range *range)
{
	return change_range(buffer, range,
			    BIT(HV_MEMORY_SHARED) | BIT(HV_MEMORY_UNKNOWN),
			    HV_MEMORY_PRIVATE, set_memory_encrypted);
}

static int hide_buffer(struct hv_buffer *buffer)
{
	struct hv_memory_range range = { .pages = 1 };
	int rc = 0, error;

	for (; range.first < buffer->nr_pages; range.first++) {
		if (buffer->state[range.first] == HV_MEMORY_PRIVATE)
			continue;
		error = hide_range(buffer, &range);
		if (error)
			rc = error;
	}
	return rc;
}

/* -- mappings ------------------------------------------------------------- */

/* Memory that is not vmalloc()ed is one piece. */
static void *map_shared(const struct hv_buffer *buffer, unsigned long bytes)
{
	if (!hv_isolation_type_snp())
		return buffer->address;
	if (buffer->kind == HV_MEMORY_VMALLOC)
		return hv_map_memory(buffer->address, bytes);
	return memremap(virt_to_phys(buffer->address) +
			ms_hyperv.shared_gpa_boundary, bytes, MEMREMAP_WB);
}

static void unmap_shared(struct hv_buffer *buffer)
{
	void *alias = buffer->alias;

	buffer->alias = NULL;
	if (!alias || alias == buffer->address)
		return;
	if (buffer->kind == HV_MEMORY_VMALLOC)
		hv_unmap_memory(alias);
	else
		memunmap(alias);
}

static int buffer_map(struct hv_buffer *buffer,
		      const struct hv_memory_map *map)
{
	int rc = 0;

	if (!map->bytes || map->bytes > buffer->nr_pages * PAGE_SIZE)
		return -EINVAL;
	mutex_lock(&buffer->lock);
	if (buffer->alias) {
		rc = -EBUSY;
	} else {
		buffer->alias = map_shared(buffer, map->bytes);
		buffer->alias_bytes = map->bytes;
		if (!buffer->alias)
			rc = -ENOMEM;
	}
	mutex_unlock(&buffer->lock);
	return rc;
}

static int buffer_unmap(struct hv_buffer *buffer)
{
	int rc;

	mutex_lock(&buffer->lock);
	rc = buffer->alias ? 0 : -EINVAL;
	unmap_shared(buffer);
	mutex_unlock(&buffer->lock);
	return rc;
}

/* -- words ---------------------------------------------------------------- */

/* Where the word is if it may be used there now. The lock is held. */
static u64 *find_word(struct hv_buffer *buffer,
		      const struct hv_memory_word *word)
{
	unsigned long bytes = buffer->nr_pages * PAGE_SIZE;
	enum hv_memory_state must = HV_MEMORY_PRIVATE;
	void *base = buffer->address;

	if (word->via == HV_MEMORY_ALIAS) {
		must = HV_MEMORY_SHARED;
		base = buffer->alias;
		bytes = base ? buffer->alias_bytes : 0;
	}
	if (word->offset % sizeof(u64) || bytes < sizeof(u64) ||
	    word->offset > bytes - sizeof(u64))
		return ERR_PTR(-EINVAL);
	if (buffer->state[word->offset >> PAGE_SHIFT] != must)
		return ERR_PTR(-EPERM);
	return base + word->offset;
}

static int buffer_word(struct hv_buffer *buffer, struct hv_memory_word *word,
		       bool store)
{
	u64 *at;

	mutex_lock(&buffer->lock);
	at = find_word(buffer, word);
	if (!IS_ERR(at) && store)
		WRITE_ONCE(*at, word->value);
	else if (!IS_ERR(at))
		word->value = READ_ONCE(*at);
	mutex_unlock(&buffer->lock);
	return PTR_ERR_OR_ZERO(at);
}

static int buffer_page(struct hv_buffer *buffer, struct hv_memory_page *page)
{
	void *at = page_address_of(buffer, page->page);

	if (page->page >= buffer->nr_pages)
		return -EINVAL;
	mutex_lock(&buffer->lock);
	page->state = buffer->state[page->page];
	mutex_unlock(&buffer->lock);
	page->pfn = is_vmalloc_addr(at) ? vmalloc_to_pfn(at) :
					  virt_to_phys(at) >> PAGE_SHIFT;
	return 0;
}

/*
 * What looks for the end of a string does, eight bytes at a time: the page
 * behind may be anything, and is not looked at.
 */
static int buffer_stray(struct hv_buffer *buffer,
			struct hv_memory_stray *stray)
{
	int rc = 0;

	if (buffer->kind != HV_MEMORY_PAGES || !stray->page ||
	    stray->page >= buffer->nr_pages)
		return -EINVAL;
	mutex_lock(&buffer->lock);
	if (buffer->state[stray->page - 1] != HV_MEMORY_PRIVATE)
		rc = -EPERM;
	else
		stray->value = load_unaligned_zeropad(
			page_address_of(buffer, stray->page) - 3) & 0xffffff;
	mutex_unlock(&buffer->lock);
	return rc;
}

/* -- a device that the host emulates -------------------------------------- */

static u64 device_mask = U64_MAX;	/* it reaches all of memory */
static struct device emulated;

/* The lock is held, so nobody stores to it or shares it meanwhile. */
static int bounce(struct hv_buffer *buffer, struct hv_memory_bounce *arg)
{
	struct hv_memory_range range = {
		.first = arg->offset >> PAGE_SHIFT,
		.pages = PFN_UP(offset_in_page(arg->offset) + arg->bytes),
	};
	dma_addr_t address;

	if (!all_are(buffer, &range, BIT(HV_MEMORY_PRIVATE)))
		return -EPERM;
	address = dma_map_single(&emulated, buffer->address + arg->offset,
				 arg->bytes, arg->direction);
	if (dma_mapping_error(&emulated, address))
		return -EIO;
	arg->address = address;
	if (arg->us)
		usleep_range(arg->us, arg->us);
	dma_unmap_single(&emulated, address, arg->bytes, arg->direction);
	return 0;
}

static int buffer_bounce(struct hv_buffer *buffer,
			 struct hv_memory_bounce *arg)
{
	unsigned long bytes = buffer->nr_pages * PAGE_SIZE;
	int rc;

	if (!hv_isolation_type_snp())
		return -EOPNOTSUPP;
	if (buffer->kind != HV_MEMORY_PAGES || arg->direction > DMA_FROM_DEVICE ||
	    !arg->bytes || arg->bytes > bytes || arg->offset > bytes - arg->bytes)
		return -EINVAL;
	mutex_lock(&buffer->lock);
	rc = bounce(buffer, arg);
	mutex_unlock(&buffer->lock);
	return rc;
}

static int tell_pool(struct hv_memory_pool *pool)
{
	pool->address = vtb_compat_swiotlb_base();
	pool->bytes = vtb_compat_swiotlb_end() - pool->address;
	return 0;
}

/* -- allocating and freeing ----------------------------------------------- */

static void *alloc_memory(const struct hv_memory_alloc *alloc)
{
	if (alloc->kind == HV_MEMORY_VMALLOC)
		return vzalloc(alloc->pages * PAGE_SIZE);
	return alloc_pages_exact(alloc->pages * PAGE_SIZE,
				 GFP_KERNEL | __GFP_ZERO);
}

static void free_memory(struct hv_buffer *buffer)
{
	if (buffer->kind == HV_MEMORY_VMALLOC)
		vfree(buffer->address);
	else
		free_pages_exact(buffer->address,
				 buffer->nr_pages * PAGE_SIZE);
	kfree(buffer);
}

static int check_alloc(const struct hv_memory_alloc *alloc)
{
	u32 max = alloc->kind == HV_MEMORY_VMALLOC ? HV_MEMORY_MAX_PAGES :
						     HV_MEMORY_MAX_RUN;

	if (alloc->kind > HV_MEMORY_VMALLOC || !alloc->pages ||
	    alloc->pages > max)
		return -EINVAL;
	return 0;
}

static struct hv_buffer *buffer_new(const struct hv_memory_alloc *alloc)
{
	struct hv_buffer *buffer;

	buffer = kzalloc(struct_size(buffer, state, alloc->pages), GFP_KERNEL);
	if (!buffer)
		return NULL;
	mutex_init(&buffer->lock);
	buffer->kind = alloc->kind;
	buffer->nr_pages = alloc->pages;
	buffer->address = alloc_memory(alloc);
	if (!buffer->address) {
		kfree(buffer);
		return NULL;
	}
	return buffer;
}

static int buffers_alloc(struct hv_memory_alloc *alloc)
{
	struct hv_buffer *buffer;
	int rc = check_alloc(alloc);
	u32 id;

	if (rc)
		return rc;
	buffer = buffer_new(alloc);
	if (!buffer)
		return -ENOMEM;
	mutex_lock(&buffers_lock);
	for (id = 0; id < HV_MEMORY_BUFFERS; id++)
		if (!buffers[id])
			break;
	if (id < HV_MEMORY_BUFFERS)
		buffers[id] = buffer;
	mutex_unlock(&buffers_lock);
	alloc->id = id;
	if (id < HV_MEMORY_BUFFERS)
		return 0;
	free_memory(buffer);
	return -ENOSPC;
}

/* Nobody else has the buffer. */
static void buffer_free(struct hv_buffer *buffer)
{
	unmap_shared(buffer);
	if (!hide_buffer(buffer)) {
		free_memory(buffer);
		return;
	}
	mutex_lock(&buffers_lock);
	list_add_tail(&buffer->list, &stuck);
	mutex_unlock(&buffers_lock);
}

static void buffer_free_work(struct work_struct *work)
{
	buffer_free(container_of(work, struct hv_buffer, work));
}

/* Unmapping sleeps, which is not allowed here. */
static void buffer_free_rcu(struct rcu_head *rcu)
{
	struct hv_buffer *buffer = container_of(rcu, struct hv_buffer, rcu);

	INIT_WORK(&buffer->work, buffer_free_work);
	schedule_work(&buffer->work);
}

static void retry_stuck(void)
{
	struct hv_buffer *buffer, *next;
	LIST_HEAD(list);

	mutex_lock(&buffers_lock);
	list_splice_init(&stuck, &list);
	mutex_unlock(&buffers_lock);
	list_for_each_entry_safe(buffer, next, &list, list)
		buffer_free(buffer);
}

static int buffers_free(u32 id, bool later)
{
	struct hv_buffer *buffer = NULL;
	int rc = 0;

	mutex_lock(&buffers_lock);
	if (id >= HV_MEMORY_BUFFERS || !buffers[id])
		rc = -ENOENT;
	else if (buffers[id]->users)
		rc = -EBUSY;
	else
		swap(buffer, buffers[id]);
	mutex_unlock(&buffers_lock);
	if (rc)
		return rc;
	retry_stuck();
	if (later)
		call_rcu(&buffer->rcu, buffer_free_rcu);
	else
		buffer_free(buffer);
	return 0;
}

/* -- the host's registers and calls --------------------------------------- */

static int register_set(const struct hv_memory_register *reg)
{
	if (reg->sint > HV_REGISTER_SINT15 - HV_REGISTER_SINT0)
		return -EINVAL;
	hv_set_register(HV_REGISTER_SINT0 + reg->sint, reg->value);
	return 0;
}

static int register_get(struct hv_memory_register *reg)
{
	if (reg->sint > HV_REGISTER_SINT15 - HV_REGISTER_SINT0)
		return -EINVAL;
	reg->value = hv_get_register(HV_REGISTER_SINT0 + reg->sint);
	return 0;
}

/* Without isolation the input has to be in a page that stays. */
static int message_post(struct hv_memory_message *message)
{
	if (message->bytes > HV_MEMORY_MAX_MESSAGE)
		return -EINVAL;
	if (!hv_isolation_type_snp())
		return -EOPNOTSUPP;
	message->status = hv_result(hv_ghcb_hypercall(HVCALL_POST_MESSAGE,
						      message->data, NULL,
						      message->bytes));
	return 0;
}

/* -- the device file ------------------------------------------------------ */

union hv_memory_arg {
	u32 id;				/* of most */
	struct hv_memory_alloc alloc;
	struct hv_memory_range range;
	struct hv_memory_map map;
	struct hv_memory_word word;
	struct hv_memory_page page;
	struct hv_memory_register reg;
	struct hv_memory_stray stray;
	struct hv_memory_message message;
	struct hv_memory_bounce bounce;
	struct hv_memory_pool pool;
};

static int buffer_call(unsigned int cmd, union hv_memory_arg *arg)
{
	struct hv_buffer *buffer = buffer_get(arg->id);
	int rc = -ENOTTY;

	if (!buffer)
		return -ENOENT;
	if (cmd == HV_MEMORY_SHARE)
		rc = change_range(buffer, &arg->range, BIT(HV_MEMORY_PRIVATE),
				  HV_MEMORY_SHARED, set_memory_decrypted);
	else if (cmd == HV_MEMORY_HIDE)
		rc = hide_range(buffer, &arg->range);
	else if (cmd == HV_MEMORY_MAP)
		rc = buffer_map(buffer, &arg->map);
	else if (cmd == HV_MEMORY_UNMAP)
		rc = buffer_unmap(buffer);
	else if (cmd == HV_MEMORY_STORE || cmd == HV_MEMORY_LOAD)
		rc = buffer_word(buffer, &arg->word, cmd == HV_MEMORY_STORE);
	else if (cmd == HV_MEMORY_PAGE)
		rc = buffer_page(buffer, &arg->page);
	else if (cmd == HV_MEMORY_STRAY)
		rc = buffer_stray(buffer, &arg->stray);
	else if (cmd == HV_MEMORY_BOUNCE)
		rc = buffer_bounce(buffer, &arg->bounce);
	buffer_put(buffer);
	return rc;
}

static int hv_memory_call(unsigned int cmd, union hv_memory_arg *arg)
{
	switch (cmd) {
	case HV_MEMORY_ALLOC:
		return buffers_alloc(&arg->alloc);
	case HV_MEMORY_FREE:
		return buffers_free(arg->range.id, arg->range.later);
	case HV_MEMORY_SET:
		return register_set(&arg->reg);
	case HV_MEMORY_GET:
		return register_get(&arg->reg);
	case HV_MEMORY_POST:
		return message_post(&arg->message);
	case HV_MEMORY_POOL:
		return tell_pool(&arg->pool);
	case HV_MEMORY_CRASH:
		if (arg->message.bytes > HV_MEMORY_MAX_MESSAGE)
			return -EINVAL;
		return hv_platform_report_crash(arg->message.data,
						arg->message.bytes);
	default:
		return buffer_call(cmd, arg);
	}
}

static long hv_memory_ioctl(struct file *file, unsigned int cmd,
			    unsigned long user)
{
	void __user *from = (void __user *)user;
	union hv_memory_arg *arg;
	long rc = 0;

	if (_IOC_TYPE(cmd) != 'M' || _IOC_SIZE(cmd) > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	if (copy_from_user(arg, from, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	if (!rc)
		rc = hv_memory_call(cmd, arg);
	if (!rc && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, arg, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	kfree(arg);
	return rc;
}

static int hv_memory_open(struct inode *inode, struct file *file)
{
	mutex_lock(&buffers_lock);
	nr_open++;
	mutex_unlock(&buffers_lock);
	return 0;
}

static int hv_memory_release(struct inode *inode, struct file *file)
{
	bool last;
	u32 id;

	mutex_lock(&buffers_lock);
	last = !--nr_open;
	mutex_unlock(&buffers_lock);
	if (!last)
		return 0;
	for (id = 0; id < HV_MEMORY_BUFFERS; id++)
		buffers_free(id, false);
	rcu_barrier();
	flush_scheduled_work();
	retry_stuck();
	return 0;
}

static const struct file_operations hv_memory_fops = {
	.owner = THIS_MODULE,
	.open = hv_memory_open,
	.release = hv_memory_release,
	.unlocked_ioctl = hv_memory_ioctl,
};

static struct miscdevice hv_memory_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hv-memory",
	.fops = &hv_memory_fops,
};

static int __init hv_memory_init(void)
{
	device_initialize(&emulated);
	emulated.init_name = "hv-memory";
	emulated.dma_mask = &device_mask;
	emulated.coherent_dma_mask = device_mask;
	return misc_register(&hv_memory_device);
}
module_init(hv_memory_init);

static void __exit hv_memory_exit(void)
{
	misc_deregister(&hv_memory_device);
}
module_exit(hv_memory_exit);

MODULE_DESCRIPTION("Buffers shared with the host of an isolated guest");
MODULE_LICENSE("GPL");
