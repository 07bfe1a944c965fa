// SPDX-License-Identifier: GPL-2.0-only
/*
 * clock.c - jiffies and the clocks of the kernel, all of them virtual time
 *
 *    virtual time   0        TICK_NSEC     2 * TICK_NSEC
 *    jiffies        INITIAL  INITIAL + 1   INITIAL + 2
 *
 * jiffies is a variable that anybody reads without a call. kernel/host tells
 * of new time before kernel code goes on (vtb_kernel_time()), so it is never
 * behind. INITIAL_JIFFIES is the kernel's own: a 32-bit view of jiffies wraps
 * five minutes after the world began.
 *
 * Monotonic, raw and boot time are equal: there is no NTP and no suspend. Wall
 * time is a constant ahead. The coarse clocks stand still during a jiffy.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/timekeeping.h>
#include <vtb/compat.h>
#include <vtb/runtime.h>

/* Wall time when a world begins: 2024-01-01T00:00:00Z. */
#define WALL_BEGIN_NS	(1704067200ll * NSEC_PER_SEC)

u64 jiffies_64 __cacheline_aligned_in_smp = INITIAL_JIFFIES;
unsigned long volatile jiffies __cacheline_aligned_in_smp = INITIAL_JIFFIES;
EXPORT_SYMBOL(jiffies_64);
EXPORT_SYMBOL(jiffies);

void vtb_kernel_time(unsigned long long now_ns)
{
	jiffies_64 = INITIAL_JIFFIES + div_u64(now_ns, TICK_NSEC);
	jiffies = jiffies_64;
}

static ktime_t offset_of(enum tk_offsets offset)
{
	switch (offset) {
	case TK_OFFS_REAL:
	case TK_OFFS_TAI:
		return WALL_BEGIN_NS;
	case TK_OFFS_BOOT:
		return 0;
	default:
		vtb_unmodelled_case("ktime_get_with_offset", "unknown clock");
	}
}

static u64 coarse_ns(void)
{
	return (jiffies_64 - INITIAL_JIFFIES) * TICK_NSEC;
}

/* -- as ktime_t -- */

ktime_t ktime_get(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(ktime_get);

ktime_t ktime_get_raw(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(ktime_get_raw);

ktime_t ktime_get_with_offset(enum tk_offsets offset)
{
	return vtb_now_ns() + offset_of(offset);
}
EXPORT_SYMBOL_GPL(ktime_get_with_offset);

ktime_t ktime_get_coarse_with_offset(enum tk_offsets offset)
{
	return coarse_ns() + offset_of(offset);
}
EXPORT_SYMBOL_GPL(ktime_get_coarse_with_offset);

ktime_t ktime_mono_to_any(ktime_t mono, enum tk_offsets offset)
{
	return mono + offset_of(offset);
}
EXPORT_SYMBOL_GPL(ktime_mono_to_any);

u32 ktime_get_resolution_ns(void)
{
	return 1;
}
EXPORT_SYMBOL_GPL(ktime_get_resolution_ns);

/* -- as nanoseconds, from any context -- */

u64 ktime_get_mono_fast_ns(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(ktime_get_mono_fast_ns);

u64 ktime_get_raw_fast_ns(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(ktime_get_raw_fast_ns);

u64 ktime_get_boot_fast_ns(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(ktime_get_boot_fast_ns);

u64 ktime_get_real_fast_ns(void)
{
	return vtb_now_ns() + WALL_BEGIN_NS;
}
EXPORT_SYMBOL_GPL(ktime_get_real_fast_ns);

u64 ktime_get_tai_fast_ns(void)
{
	return ktime_get_real_fast_ns();
}
EXPORT_SYMBOL_GPL(ktime_get_tai_fast_ns);

/* -- as seconds -- */

time64_t ktime_get_seconds(void)
{
	return div_u64(coarse_ns(), NSEC_PER_SEC);
}
EXPORT_SYMBOL_GPL(ktime_get_seconds);

time64_t ktime_get_real_seconds(void)
{
	return div_u64(coarse_ns() + WALL_BEGIN_NS, NSEC_PER_SEC);
}
EXPORT_SYMBOL_GPL(ktime_get_real_seconds);

time64_t __ktime_get_real_seconds(void)
{
	return ktime_get_real_seconds();
}

/* -- as struct timespec64 -- */

void ktime_get_ts64(struct timespec64 *to)
{
	*to = ns_to_timespec64(vtb_now_ns());
}
EXPORT_SYMBOL_GPL(ktime_get_ts64);

void ktime_get_raw_ts64(struct timespec64 *to)
{
	*to = ns_to_timespec64(vtb_now_ns());
}
EXPORT_SYMBOL(ktime_get_raw_ts64);

void ktime_get_real_ts64(struct timespec64 *to)
{
	*to = ns_to_timespec64(vtb_now_ns() + WALL_BEGIN_NS);
}
EXPORT_SYMBOL(ktime_get_real_ts64);

void ktime_get_coarse_ts64(struct timespec64 *to)
{
	*to = ns_to_timespec64(coarse_ns());
}
EXPORT_SYMBOL(ktime_get_coarse_ts64);

void ktime_get_coarse_real_ts64(struct timespec64 *to)
{
	*to = ns_to_timespec64(coarse_ns() + WALL_BEGIN_NS);
}
EXPORT_SYMBOL(ktime_get_coarse_real_ts64);

void getboottime64(struct timespec64 *to)
{
	*to = ns_to_timespec64(WALL_BEGIN_NS);
}
EXPORT_SYMBOL_GPL(getboottime64);

/* -- the scheduler's clock -- */

VTB_SCHED_CLOCK_TYPE sched_clock(void)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(sched_clock);

u64 sched_clock_cpu(int cpu)
{
	return vtb_now_ns();
}
EXPORT_SYMBOL_GPL(sched_clock_cpu);

VTB_DEFINE_LOCAL_CLOCK
