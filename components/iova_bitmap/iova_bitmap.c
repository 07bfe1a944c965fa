// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOVA bitmap: marks dirty I/O pages in a bitmap that lies in user memory
 *
 * A bitmap object stands for the IOVA range first..last and for a user buffer
 * with one bit per page_size bytes of that range. A dirty tracker walks it with
 * iova_bitmap_for_each() and marks what it finds with iova_bitmap_set().
 *
 * Intervals are written with two words: "last" is inclusive, "end" (not used
 * here) would be exclusive. A range that ends at the top of the address space
 * has a last, but no end that fits into a word.
 *
 * Numbering. Bits count from the base of the range, not from IOVA 0, so the
 * base needs no alignment; the last bit may stand for less than a page:
 *
 *   iova_first                                                    iova_last
 *   |<- page_size ->|<- page_size ->|<- page_size ->|<- the rest ->|
 *   |     bit 0     |     bit 1     |     bit 2     |    bit_last  |
 *
 *	bit(iova) = (iova - iova_first) >> page_shift
 *
 * iova_bitmap_bit(), iova_bitmap_iova_of() and iova_bitmap_last_iova_of() are
 * this formula and its inverse; nothing else in the file converts.
 *
 * Layout. The user sees an array of little-endian u64, so bit n is bit n % 8 of
 * byte n / 8, and the buffer can be taken as bytes: it may start at any byte.
 * Relative to a *page* the same holds with the offset of the buffer added, and
 * a page is aligned for every access, wherever the user's words lie:
 *
 *   user buffer           first_byte                         last_byte
 *                         |                                  |
 *   user pages    |.......#########|################|########'.......|
 *                 |<pgoff>|        |                |        |
 *   window                [== pages[0] ===== pages[1] ]       |
 *                         bit_first          bit_last         |
 *                         (multiple of 8)
 *
 * Window. Pinning all of a large bitmap at once would let a user take away any
 * amount of memory, so at most one page worth of page pointers is pinned. What
 * a window covers follows from what pin_user_pages_fast() really delivered: a
 * short pin makes a short window, and the next one starts where it ended.
 *
 * Records. A device page may be larger than a bitmap page, so a record may
 * reach over either end of the window. What lies inside the bitmap but outside
 * the window is pinned for the moment ("spill") and the window stays, because
 * its owner was promised that marking inside it cannot fail. What lies outside
 * the bitmap has no bit and is ignored. iova_bitmap_set() returns nothing, so a
 * spill that cannot be pinned is remembered in lost_rc and ends the walk.
 *
 * Concurrency. User space may harvest bits while the kernel sets others in the
 * same word, and several reporters may call iova_bitmap_set() at once. Words
 * are therefore changed by an atomic OR, or by one store when all their bits
 * are set. This costs one locked instruction per record end. Nothing orders
 * the bit after the DMA that it reports: that is the reporter's business.
 * iova_bitmap_for_each() and iova_bitmap_free() are serialised by the caller.
 *
 * Invariants
 *  - no byte outside first_byte..last_byte changes, nor a bit above bit_last;
 *  - every pinned page is released dirty: the kernel wrote it through its own
 *    mapping, of which the user's page tables know nothing;
 *  - nothing stays pinned when a public function returns, except the window
 *    while @fn of iova_bitmap_for_each() runs.
 */
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/iova_bitmap.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#ifdef __BIG_ENDIAN
#error "the words of an unaligned bitmap are not bytes in order here"
#endif

#define WINDOW_PAGES	(PAGE_SIZE / sizeof(struct page *))

/* Records reach over a window by one device page: its bits fill few pages. */
#define SPILL_PAGES	8

/*
 * struct pinned_bits - a run of bits whose user pages are pinned
 * @pages:	the pages, in order
 * @nr_pages:	how many; 0 means that nothing is pinned and nothing else counts
 * @pgoff:	offset in pages[0] of the byte that holds @bit_first
 * @bit_first:	number of the first bit, always a multiple of 8
 * @bit_last:	number of the last bit, inclusive
 */
struct pinned_bits {
	struct page **pages;
	unsigned int nr_pages;
	unsigned int pgoff;
	unsigned long bit_first;
	unsigned long bit_last;
};

/*
 * struct iova_bitmap - see the drawing above
 * @iova_first:	what bit 0 starts at
 * @iova_last:	last IOVA of the range, inclusive
 * @page_shift:	log2 of the bytes that one bit stands for, 0..63
 * @bit_last:	number of the last bit
 * @first_byte:	user address of the byte that holds bit 0
 * @window:	what is pinned for the running callback
 * @lost_rc:	first error that kept a bit from being set, 0 if none
 */
struct iova_bitmap {
	unsigned long iova_first;
	unsigned long iova_last;
	unsigned int page_shift;
	unsigned long bit_last;
	unsigned long first_byte;
	struct pinned_bits window;
	int lost_rc;
};

/* The bit for @iova, which must lie in the range. */
static unsigned long iova_bitmap_bit(const struct iova_bitmap *bitmap,
				     unsigned long iova)
{
	return (iova - bitmap->iova_first) >> bitmap->page_shift;
}

/* First IOVA that @bit stands for. */
static unsigned long iova_bitmap_iova_of(const struct iova_bitmap *bitmap,
					 unsigned long bit)
{
	return bitmap->iova_first + (bit << bitmap->page_shift);
}

/*
 * Last IOVA that @bit stands for. The page of the last bit may reach over the
 * end of the range, or of the address space; that of any other bit cannot.
 */
static unsigned long iova_bitmap_last_iova_of(const struct iova_bitmap *bitmap,
					      unsigned long bit)
{
	if (bit == bitmap->bit_last)
		return bitmap->iova_last;
	return iova_bitmap_iova_of(bitmap, bit + 1) - 1;
}

/*
 * Pins the user pages from @bit_first towards @bit_last, at most @max_pages.
 * On success @pin says how far that went: at least the byte of @bit_first.
 */
static int pinned_bits_get(const struct iova_bitmap *bitmap,
			   struct pinned_bits *pin, unsigned long bit_first,
			   unsigned long bit_last, unsigned long max_pages)
{
	unsigned long start = bitmap->first_byte + bit_first / BITS_PER_BYTE;
	unsigned long last = bitmap->first_byte + bit_last / BITS_PER_BYTE;
	unsigned long want = (last >> PAGE_SHIFT) - (start >> PAGE_SHIFT) + 1;
	unsigned long nr_bits;
	int rc;

	rc = pin_user_pages_fast(start, min(want, max_pages), FOLL_WRITE,
				 pin->pages);
	if (rc <= 0)
		return rc ? rc : -EFAULT;

	pin->nr_pages = rc;
	pin->pgoff = offset_in_page(start);
	pin->bit_first = round_down(bit_first, BITS_PER_BYTE);
	nr_bits = (pin->nr_pages * PAGE_SIZE - pin->pgoff) * BITS_PER_BYTE;
	/* Compare distances: bit_first + nr_bits could pass the last bit. */
	pin->bit_last = pin->bit_first +
			min(nr_bits - 1, bit_last - pin->bit_first);
	return 0;
}

/* After a pinned_bits_get() that succeeded. */
static void pinned_bits_put(struct pinned_bits *pin)
{
	unpin_user_pages_dirty_lock(pin->pages, pin->nr_pages, true);
	pin->nr_pages = 0;
}

/*
 * Sets the bits first..last of a page. The words are those of the page, not the
 * user's: bit n is in the same byte of either, and these are always aligned.
 */
static void set_bits_in_page(struct page *page, unsigned long first,
			     unsigned long last)
{
	unsigned long *words = kmap_local_page(page);
	unsigned long word;

	for (word = BIT_WORD(first); word <= BIT_WORD(last); word++) {
		unsigned long mask = ~0UL;

		if (word == BIT_WORD(first))
			mask &= BITMAP_FIRST_WORD_MASK(first);
		if (word == BIT_WORD(last))
			mask &= BITMAP_LAST_WORD_MASK(last + 1);
		/*
		 * A store of all ones cannot lose what another one sets. It
		 * may come just after user space cleared the word; then these
		 * bits are news for the next harvest, like with the OR.
		 */
		if (mask == ~0UL)
			WRITE_ONCE(words[word], mask);
		else
			atomic_long_or(mask, (atomic_long_t *)&words[word]);
	}
	kunmap_local(words);
}

/* Sets the bits first..last, all of which must be pinned by @pin. */
static void pinned_bits_set(const struct pinned_bits *pin, unsigned long first,
			    unsigned long last)
{
	const unsigned long bits_per_page = PAGE_SIZE * BITS_PER_BYTE;
	unsigned long skip = (unsigned long)pin->pgoff * BITS_PER_BYTE;
	unsigned long pos = skip + (first - pin->bit_first);
	unsigned long pos_last = skip + (last - pin->bit_first);

	while (pos <= pos_last) {
		unsigned long page = pos / bits_per_page;
		unsigned long page_pos = page * bits_per_page;
		unsigned long stop = min(pos_last,
					 page_pos + bits_per_page - 1);

		set_bits_in_page(pin->pages[page], pos - page_pos,
				 stop - page_pos);
		pos = stop + 1;
	}
}

/*
 * Sets the bits first..last without touching the window. Stops at the first
 * page that cannot be pinned: the whole report is void then, see lost_rc.
 */
static void iova_bitmap_spill(struct iova_bitmap *bitmap, unsigned long first,
			      unsigned long last)
{
	struct page *pages[SPILL_PAGES];
	struct pinned_bits pin = { .pages = pages };
	int rc;

	might_sleep();
	while (first <= last) {
		rc = pinned_bits_get(bitmap, &pin, first, last, SPILL_PAGES);
		if (rc) {
			/* The first one is the cause, the others follow. */
			cmpxchg(&bitmap->lost_rc, 0, rc);
			return;
		}
		pinned_bits_set(&pin, first, pin.bit_last);
		pinned_bits_put(&pin);
		first = pin.bit_last + 1;
	}
}

/**
 * iova_bitmap_alloc() - Create a bitmap object
 * @iova:	first IOVA of the range; bit 0 starts here, need not be aligned
 * @length:	length of the range in bytes, need not be a multiple of @page_size
 * @page_size:	bytes of IOVA per bit, a power of two, 1 to 1 << 63
 * @data:	user address of the bitmap, (@length - 1) / @page_size / 8 + 1
 *		bytes; any alignment
 *
 * Touches no user memory and pins nothing: a bad @data is reported by
 * iova_bitmap_for_each(). A range that ends at ULONG_MAX is valid (VFIO does
 * not let it come this far: its own check wants @iova + @length to fit).
 *
 * Return: the object, which the caller releases with iova_bitmap_free(), or
 * ERR_PTR():
 * * -EINVAL	@length is 0, or @page_size is no power of two
 * * -EOVERFLOW	the range wraps around the end of the address space
 * * -EFAULT	the buffer would wrap around the end of the address space
 * * -ENOMEM	no memory
 */
struct iova_bitmap *iova_bitmap_alloc(unsigned long iova, size_t length,
				      unsigned long page_size, u64 __user *data)
{
	unsigned long first_byte = (unsigned long)data;
	unsigned long iova_last, bit_last, last_byte;
	struct iova_bitmap *bitmap;

	if (!length || !is_power_of_2(page_size))
		return ERR_PTR(-EINVAL);
	if (check_add_overflow(iova, (unsigned long)length - 1, &iova_last))
		return ERR_PTR(-EOVERFLOW);
	bit_last = (iova_last - iova) >> __ffs(page_size);
	if (check_add_overflow(first_byte, bit_last / BITS_PER_BYTE,
			       &last_byte))
		return ERR_PTR(-EFAULT);

	bitmap = kzalloc(sizeof(*bitmap), GFP_KERNEL);
	if (!bitmap)
		return ERR_PTR(-ENOMEM);

	bitmap->window.pages = (struct page **)__get_free_page(GFP_KERNEL);
	if (!bitmap->window.pages) {
		kfree(bitmap);
		return ERR_PTR(-ENOMEM);
	}
	bitmap->iova_first = iova;
	bitmap->iova_last = iova_last;
	bitmap->page_shift = __ffs(page_size);
	bitmap->bit_last = bit_last;
	bitmap->first_byte = first_byte;
	return bitmap;
}
EXPORT_SYMBOL_GPL(iova_bitmap_alloc);

/**
 * iova_bitmap_free() - Release a bitmap object
 * @bitmap: the object, or NULL
 *
 * Context: process context. Must not be called by the callback of
 * iova_bitmap_for_each().
 */
void iova_bitmap_free(struct iova_bitmap *bitmap)
{
	if (!bitmap)
		return;
	free_page((unsigned long)bitmap->window.pages);
	kfree(bitmap);
}
EXPORT_SYMBOL_GPL(iova_bitmap_free);

/**
 * iova_bitmap_for_each() - Walk the range, one pinned window after another
 * @bitmap:	the object
 * @opaque:	handed to @fn
 * @fn:		called with the IOVA range of each window, in ascending order
 *
 * The windows cover the range exactly, without gap or overlap. While @fn runs,
 * iova_bitmap_set() inside its window cannot fail. Each call starts again at
 * the beginning of the range.
 *
 * When this fails, the bits of the windows before the failing one are set, and
 * of the last window any may be missing. A bit lost by an iova_bitmap_set()
 * before the walk is reported too, without a call of @fn; reporting an error
 * clears it.
 *
 * Context: process context of the process that owns the bitmap; may sleep.
 *
 * Return: 0, or the first of: what @fn returned if not 0, the error of
 * pinning a window, the error that kept iova_bitmap_set() from setting a bit.
 * -EBUSY if called by @fn for the same @bitmap.
 */
int iova_bitmap_for_each(struct iova_bitmap *bitmap, void *opaque,
			 iova_bitmap_fn_t fn)
{
	struct pinned_bits *window = &bitmap->window;
	unsigned long next = 0;
	int lost_rc, rc = 0;

	might_sleep();
	/* Walked from inside @fn: the outer walk needs its window. */
	if (window->nr_pages)
		return -EBUSY;

	while (!rc && next <= bitmap->bit_last && !READ_ONCE(bitmap->lost_rc)) {
		unsigned long iova, last;

		rc = pinned_bits_get(bitmap, window, next, bitmap->bit_last,
				     WINDOW_PAGES);
		if (rc)
			break;
		iova = iova_bitmap_iova_of(bitmap, window->bit_first);
		last = iova_bitmap_last_iova_of(bitmap, window->bit_last);
		next = window->bit_last + 1;
		rc = fn(bitmap, iova, last - iova + 1, opaque);
		pinned_bits_put(window);
	}

	/* A lost bit came before whatever @fn returned later. */
	lost_rc = xchg(&bitmap->lost_rc, 0);
	return lost_rc ? lost_rc : rc;
}
EXPORT_SYMBOL_GPL(iova_bitmap_for_each);

/**
 * iova_bitmap_set() - Mark an IOVA range as dirty
 * @bitmap:	the object
 * @iova:	first IOVA of the dirty range
 * @length:	its length in bytes; 0 marks nothing
 *
 * Sets the bit of every page that the range touches. What lies outside the
 * range of the bitmap, or above the last address, is ignored. If bits outside
 * the current window cannot be reached, iova_bitmap_for_each() returns the
 * error; those inside it are set all the same.
 *
 * Context: any context for a range inside the current window; otherwise, and
 * outside of iova_bitmap_for_each(), process context, may sleep.
 */
void iova_bitmap_set(struct iova_bitmap *bitmap, unsigned long iova,
		     size_t length)
{
	const struct pinned_bits *window = &bitmap->window;
	unsigned long iova_last, bit, bit_last, in_first, in_last;

	/* What reaches over the last address ends there. */
	iova_last = size_add(iova, length - 1);
	if (!length || iova > bitmap->iova_last ||
	    iova_last < bitmap->iova_first)
		return;
	bit = iova_bitmap_bit(bitmap, max(iova, bitmap->iova_first));
	bit_last = iova_bitmap_bit(bitmap, min(iova_last, bitmap->iova_last));

	/* The part inside the window: in_first..in_last, if not empty. */
	in_first = max(bit, window->bit_first);
	in_last = min(bit_last, window->bit_last);
	if (!window->nr_pages || in_first > in_last) {
		iova_bitmap_spill(bitmap, bit, bit_last);
		return;
	}
	pinned_bits_set(window, in_first, in_last);
	if (bit < in_first)
		iova_bitmap_spill(bitmap, bit, in_first - 1);
	if (bit_last > in_last)
		iova_bitmap_spill(bitmap, in_last + 1, bit_last);
}
EXPORT_SYMBOL_GPL(iova_bitmap_set);

MODULE_DESCRIPTION("IOVA dirty bitmap in user memory");
MODULE_LICENSE("GPL");
