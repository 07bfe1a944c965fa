/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bridge_mock.c - see bridge_mock.h
 */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bridge_mock.h"
#include "mm_cut.h"

#define FRAME_BYTES	4096ul
#define MAX_ALIASES	32
#define HEAP_BYTES	(8ul << 20)

struct alias {
	char *address;
	unsigned long nr;
	unsigned long pfns[64];
};

struct bridge_mock mock;
static struct vtb_context context;
struct vtb_context *vtb_this = &context;

static int memory_fd = -1;
static struct alias aliases[MAX_ALIASES];
static char *heap;
static size_t heap_used;

/* ---- the image: static data of the kernel side, as in kernel/host ------- */

extern char __vtb_image_start[], __vtb_image_stop[];

/* One instruction, so that red zones between variables may be copied too. */
static void copy_image(void *to, const void *from, size_t bytes)
{
	asm volatile("rep movsb"
		     : "+D" (to), "+S" (from), "+c" (bytes) : : "memory");
}

static void reset_image(void)
{
	size_t bytes = __vtb_image_stop - __vtb_image_start;
	static void *pristine;

	if (pristine) {
		copy_image(__vtb_image_start, pristine, bytes);
		return;
	}
	pristine = malloc(bytes);
	copy_image(pristine, __vtb_image_start, bytes);
}

/* ---- the machine -------------------------------------------------------- */

static void *map_frames(void *at, unsigned long pfn, unsigned long nr)
{
	void *address = mmap(at, nr * FRAME_BYTES, PROT_READ | PROT_WRITE,
			     MAP_SHARED | (at ? MAP_FIXED : 0), memory_fd,
			     pfn * FRAME_BYTES);

	if (address == MAP_FAILED)
		abort();
	return address;
}

void mock_start(void)
{
	static void *memory;

	if (memory_fd < 0) {
		memory_fd = memfd_create("mock", 0);
		if (ftruncate(memory_fd, MOCK_FRAMES * FRAME_BYTES))
			abort();
		memory = map_frames(NULL, 0, MOCK_FRAMES);
		heap = malloc(HEAP_BYTES);
	}
	__asan_unpoison_memory_region(memory, MOCK_FRAMES * FRAME_BYTES);
	memset(memory, 0, MOCK_FRAMES * FRAME_BYTES);
	memset(heap, 0, HEAP_BYTES);
	memset(aliases, 0, sizeof(aliases));
	heap_used = 0;
	reset_image();
	memset(&mock, 0, sizeof(mock));
	mock.boot = (struct vtb_boot){
		.name = "mock",
		.memory = memory,
		.nr_frames = MOCK_FRAMES,
		.nr_cpus = 1,
	};
	cut_boot(&mock.boot);
}

bool mock_finds(const char *oracle, void (*fn)(void))
{
	jmp_buf here;
	bool found;

	mock.findings = 0;
	mock.on_finding = &here;
	if (!setjmp(here))
		fn();
	mock.on_finding = NULL;
	found = mock.findings == 1 && !strcmp(mock.oracle, oracle);
	if (!found)
		fprintf(stderr, "%u findings, last: %s (%s)\n", mock.findings,
			mock.oracle, mock.what);
	return found;
}

/* ---- bridge.h, part 1 --------------------------------------------------- */

void vtb_finding(const char *oracle, const char *object, const void *pc,
		 const void *pc2, const char *what, const char *why)
{
	mock.findings++;
	mock.pc = pc;
	mock.pc2 = pc2;
	snprintf(mock.oracle, sizeof(mock.oracle), "%s", oracle);
	snprintf(mock.object, sizeof(mock.object), "%s", object);
	snprintf(mock.what, sizeof(mock.what), "%s", what);
	snprintf(mock.why, sizeof(mock.why), "%s", why);
	if (mock.on_finding)
		longjmp(*mock.on_finding, 1);
	fprintf(stderr, "unexpected finding: %s/%s: %s; %s\n", oracle, object,
		what, why);
	abort();
}

const char *vtb_symbol(const void *address)
{
	return (const char *)address >= __vtb_image_start &&
	       (const char *)address < __vtb_image_stop ? "static" : "?";
}

void vtb_bench_error(const char *file, int line, const char *text)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
	_exit(3);
}

void vtb_unmodelled(const char *name)
{
	fprintf(stderr, "unmodelled: %s\n", name);
	_exit(3);
}

int vtb_fail(enum vtb_fail_kind kind)
{
	return kind == mock.fail_kind && ++mock.fail_calls == mock.fail_at;
}

unsigned int vtb_fail_after(enum vtb_fail_kind kind, unsigned int n)
{
	return n && vtb_fail(kind) ? vtb_choose(n) + 1 : 0;
}

unsigned int vtb_choose(unsigned int n)
{
	return mock.choice < n ? mock.choice : n - 1;
}

/* Nobody looks for data races. */
void vtb_sync_acquire(const void *object)
{
}

void vtb_sync_release(const void *object)
{
}

void vtb_race_freed(const void *address, unsigned long bytes, const void *site)
{
}

void vtb_preempt_point(void)
{
	void (*fn)(void) = mock.at_preempt_point;

	mock.preempt_points++;
	if (fn) {
		mock.at_preempt_point = NULL;
		fn();
	}
}

void vtb_check_stack(const void *address, const void *site)
{
	(void)address;
	(void)site;
}

int vtb_is_ignored(const void *site)
{
	return 0;
}

void vtb_drain_point(void)
{
}

void vtb_barrier(enum vtb_barrier_kind kind, const void *site)
{
	vtb_preempt_point();
}

void vtb_shared_access(const void *address, unsigned int bytes,
		       unsigned int flags, const void *site)
{
}

void vtb_fetch(const void *address, unsigned int bytes, const void *site)
{
	mock.fetched += bytes;
}

void vtb_frame_user_writes(unsigned long pfn, int may)
{
	mock.user_writes[pfn] = may;
}

void vtb_trace(unsigned int what, unsigned long long a, unsigned long long b)
{
}

void vtb_log(int level, const char *text, unsigned long len)
{
}

void *vtb_instance_alloc(unsigned long bytes, unsigned long align)
{
	heap_used = (heap_used + align - 1) & -align;
	heap_used += bytes;
	if (heap_used > HEAP_BYTES)
		abort();
	return heap + heap_used - bytes;
}

unsigned int vtb_stack_trace(const void **pcs, unsigned int max)
{
	void **frame = __builtin_frame_address(0);
	unsigned int nr = 0;

	while (nr < max && frame && frame[1]) {
		pcs[nr++] = frame[1];
		if ((void **)frame[0] <= frame)
			break;
		frame = frame[0];
	}
	return nr;
}

/* The frame is poisoned still. */
static __attribute__((no_sanitize("address")))
void clear_frame(unsigned long pfn)
{
	volatile unsigned long *word = (void *)
		((char *)mock.boot.memory + pfn * FRAME_BYTES);
	unsigned int i;

	for (i = 0; i < FRAME_BYTES / sizeof(*word); i++)
		word[i] = 0;
}

static void set_class(unsigned long pfn, unsigned long nr, int class)
{
	for (; nr; nr--, pfn++) {
		if (!mock.class[pfn])
			clear_frame(pfn);
		mock.class[pfn] = class;
	}
}

void vtb_frames_hot(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, 1);
}

void vtb_frames_cold(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, 2);
}

void vtb_frames_free(unsigned long pfn, unsigned long nr)
{
	set_class(pfn, nr, 0);
}

void vtb_frames_touch(unsigned long pfn, unsigned long nr)
{
}

unsigned int vtb_frame_pin(unsigned long pfn, int delta)
{
	return mock.pins[pfn] += delta;
}

static void do_poison(const void *address, unsigned long bytes, bool poison)
{
	if (poison)
		__asan_poison_memory_region(address, bytes);
	else
		__asan_unpoison_memory_region(address, bytes);
}

/* Does to all aliases of the frames involved what was done at home. */
static void poison_everywhere(const void *address, unsigned long bytes,
			      bool poison)
{
	unsigned long start = (const char *)address - (char *)mock.boot.memory;
	unsigned long i, j;

	do_poison(address, bytes, poison);
	for (i = 0; i < MAX_ALIASES; i++) {
		const struct alias *a = &aliases[i];

		for (j = 0; j < a->nr; j++) {
			unsigned long low = a->pfns[j] * FRAME_BYTES;
			unsigned long high = low + FRAME_BYTES;
			unsigned long end = start + bytes;

			if (start > low)
				low = start;
			if (end < high)
				high = end;
			if (low < high)
				do_poison(a->address + j * FRAME_BYTES +
					  low % FRAME_BYTES, high - low,
					  poison);
		}
	}
}

void vtb_poison(const void *address, unsigned long bytes, unsigned char value)
{
	poison_everywhere(address, bytes, value != VTB_POISON_USER);
}

void vtb_unpoison(const void *address, unsigned long bytes)
{
	poison_everywhere(address, bytes, false);
}

/* Here user memory is not poisoned. */
void vtb_bulk_copy(void *to, const void *from, unsigned long bytes)
{
	memcpy(to, from, bytes);
}

void vtb_bulk_zero(void *at, unsigned long bytes)
{
	memset(at, 0, bytes);
}

/* ---- aliases ------------------------------------------------------------ */

static struct alias *alias_at(const void *address)
{
	unsigned int i;

	for (i = 0; i < MAX_ALIASES; i++)
		if (aliases[i].nr && (const char *)address >=
		    aliases[i].address && (const char *)address <
		    aliases[i].address + aliases[i].nr * FRAME_BYTES)
			return &aliases[i];
	return NULL;
}

static void copy_poison(char *to, const char *home)
{
	unsigned long i;

	for (i = 0; i < FRAME_BYTES; i++)
		if (__asan_address_is_poisoned(home + i)) {
			do_poison(to + i, FRAME_BYTES - i, true);
			return;
		}
	do_poison(to, FRAME_BYTES, false);
}

/* A machine without memory that is shared with a host. */
unsigned long long vtb_shared_boundary(void)
{
	return 0;
}

void *vtb_alias_map_shared(const unsigned long *pfns, unsigned long nr)
{
	return NULL;
}

void *vtb_alias_map(const unsigned long *pfns, unsigned long nr)
{
	struct alias *a = aliases;
	unsigned long i;

	while (a < aliases + MAX_ALIASES && a->nr)
		a++;
	if (a == aliases + MAX_ALIASES || nr > 64)
		return NULL;
	a->nr = nr;
	a->address = mmap(NULL, nr * FRAME_BYTES, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < nr; i++) {
		char *page = a->address + i * FRAME_BYTES;

		a->pfns[i] = pfns[i];
		map_frames(page, pfns[i], 1);
		copy_poison(page, (char *)mock.boot.memory +
				  pfns[i] * FRAME_BYTES);
	}
	return a->address;
}

void vtb_alias_unmap(void *address, unsigned long nr)
{
	struct alias *a = alias_at(address);

	if (!a || a->address != address || a->nr != nr)
		abort();
	/* Keeps the addresses: a stale use must not meet something new. */
	mmap(address, nr * FRAME_BYTES, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	a->nr = 0;
}

unsigned long vtb_alias_to_pfn(const void *address)
{
	const struct alias *a = alias_at(address);

	return a ? a->pfns[((const char *)address - a->address) / FRAME_BYTES] :
		   ~0ul;
}

int vtb_is_alias(const void *address)
{
	return alias_at(address) != NULL;
}

/* ---- devices ------------------------------------------------------------ */

unsigned long long vtb_mmio_read(unsigned long long phys, unsigned int size)
{
	mock.mmio_phys = phys;
	return mock.mmio;
}

void vtb_mmio_write(unsigned long long phys, unsigned int size,
		    unsigned long long value)
{
	mock.mmio_phys = phys;
	mock.mmio = value;
}

/* ---- hooks of the thread-sanitizer pass in lib/ of the tree ------------- */

#define HOOK(name)	void __tsan_##name(void *address); \
			void __tsan_##name(void *address) { }
#define HOOKS(kind)	HOOK(kind##1) HOOK(kind##2) HOOK(kind##4) \
			HOOK(kind##8) HOOK(kind##16)

HOOK(init)
HOOK(func_entry)
HOOK(func_exit)
HOOKS(read)
HOOKS(write)
HOOKS(read_write)
HOOKS(unaligned_read)
HOOKS(unaligned_write)
HOOKS(unaligned_read_write)
HOOKS(volatile_read)
HOOKS(volatile_write)

void vtb_load_acquire(void);
void vtb_load_acquire(void)
{
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
}
