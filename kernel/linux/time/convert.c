// SPDX-License-Identifier: GPL-2.0-only
/*
 * convert.c - between jiffies, seconds and their parts
 *
 * What the headers do for constants has out-of-line twins here. The rules:
 * a time to wait is rounded up to jiffies, a time to read is rounded down, and
 * what does not fit becomes the longest time there is.
 */
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/time.h>
#include <linux/time64.h>
#include <linux/timer.h>

static_assert(MSEC_PER_SEC % HZ == 0, "a jiffy is no whole number of ms");

#define USER_TICK_NSEC	(NSEC_PER_SEC / USER_HZ)

unsigned int jiffies_to_msecs(const unsigned long j)
{
	return j * (MSEC_PER_SEC / HZ);
}
EXPORT_SYMBOL(jiffies_to_msecs);

unsigned int jiffies_to_usecs(const unsigned long j)
{
	return j * (USEC_PER_SEC / HZ);
}
EXPORT_SYMBOL(jiffies_to_usecs);

u64 jiffies64_to_nsecs(u64 j)
{
	return j * (NSEC_PER_SEC / HZ);
}
EXPORT_SYMBOL(jiffies64_to_nsecs);

u64 jiffies64_to_msecs(u64 j)
{
	return j * (MSEC_PER_SEC / HZ);
}
EXPORT_SYMBOL(jiffies64_to_msecs);

unsigned long __msecs_to_jiffies(const unsigned int msecs)
{
	/* "Negative" timeouts are for ever. */
	if ((int)msecs < 0)
		return MAX_JIFFY_OFFSET;
	return _msecs_to_jiffies(msecs);
}
EXPORT_SYMBOL(__msecs_to_jiffies);

unsigned long __usecs_to_jiffies(const unsigned int usecs)
{
	if (usecs > jiffies_to_usecs(MAX_JIFFY_OFFSET))
		return MAX_JIFFY_OFFSET;
	return _usecs_to_jiffies(usecs);
}
EXPORT_SYMBOL(__usecs_to_jiffies);

u64 nsecs_to_jiffies64(u64 nsecs)
{
	return div_u64(nsecs, NSEC_PER_SEC / HZ);
}
EXPORT_SYMBOL(nsecs_to_jiffies64);

unsigned long nsecs_to_jiffies(u64 nsecs)
{
	return nsecs_to_jiffies64(nsecs);
}
EXPORT_SYMBOL_GPL(nsecs_to_jiffies);

/* -- user space's ticks -- */

clock_t jiffies_to_clock_t(unsigned long j)
{
	return div_u64((u64)j * TICK_NSEC, USER_TICK_NSEC);
}
EXPORT_SYMBOL(jiffies_to_clock_t);

u64 jiffies_64_to_clock_t(u64 j)
{
	return div_u64(j * TICK_NSEC, USER_TICK_NSEC);
}
EXPORT_SYMBOL(jiffies_64_to_clock_t);

u64 nsec_to_clock_t(u64 nsecs)
{
	return div_u64(nsecs, USER_TICK_NSEC);
}

unsigned long clock_t_to_jiffies(unsigned long ticks)
{
	if (ticks >= ~0ul / HZ * USER_HZ)
		return ~0ul;
	return div_u64((u64)ticks * HZ, USER_HZ);
}
EXPORT_SYMBOL(clock_t_to_jiffies);

/* -- struct timespec64 -- */

unsigned long timespec64_to_jiffies(const struct timespec64 *value)
{
	u64 seconds = value->tv_sec;

	if (seconds >= MAX_SEC_IN_JIFFIES)
		return MAX_SEC_IN_JIFFIES * HZ;
	return seconds * HZ + DIV_ROUND_UP_ULL(value->tv_nsec, TICK_NSEC);
}
EXPORT_SYMBOL(timespec64_to_jiffies);

void jiffies_to_timespec64(const unsigned long j, struct timespec64 *value)
{
	*value = (struct timespec64){
		.tv_sec = j / HZ,
		.tv_nsec = j % HZ * TICK_NSEC,
	};
}
EXPORT_SYMBOL(jiffies_to_timespec64);

void set_normalized_timespec64(struct timespec64 *ts, time64_t sec, s64 nsec)
{
	s64 rest = nsec % NSEC_PER_SEC;

	sec += nsec / NSEC_PER_SEC;
	if (rest < 0) {
		rest += NSEC_PER_SEC;
		sec--;
	}
	*ts = (struct timespec64){ .tv_sec = sec, .tv_nsec = rest };
}
EXPORT_SYMBOL(set_normalized_timespec64);

struct timespec64 ns_to_timespec64(s64 nsec)
{
	struct timespec64 ts;

	set_normalized_timespec64(&ts, 0, nsec);
	return ts;
}
EXPORT_SYMBOL(ns_to_timespec64);

struct timespec64 timespec64_add_safe(const struct timespec64 a,
				      const struct timespec64 b)
{
	struct timespec64 sum = timespec64_add(a, b);

	/* Sums of valid times only get smaller by overflow. */
	if (sum.tv_sec < a.tv_sec || sum.tv_sec < b.tv_sec)
		sum = (struct timespec64){ .tv_sec = TIME64_MAX };
	return sum;
}

/* Days from 1970-01-01, by the proleptic Gregorian calendar. */
static s64 days_since_1970(s64 year, unsigned int month, unsigned int day)
{
	static const u16 before_month[] = {
		0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
	};
	/* The leap day of this year counts from March on. */
	s64 leap_year = month > 2 ? year : year - 1;
	s64 leap_days = leap_year / 4 - leap_year / 100 + leap_year / 400;

	return (year - 1970) * 365 + leap_days - 477 +
	       before_month[month - 1] + day - 1;
}

time64_t mktime64(const unsigned int year, const unsigned int mon,
		  const unsigned int day, const unsigned int hour,
		  const unsigned int min, const unsigned int sec)
{
	return ((days_since_1970(year, mon, day) * 24 + hour) * 60 + min) * 60 +
	       sec;
}
EXPORT_SYMBOL(mktime64);

/* -- jiffies that timers like to share: whole seconds -- */

/* CPUs are kept apart by this many jiffies. */
#define CPU_SKEW	3

static unsigned long round_to_second(unsigned long j, int cpu, bool up)
{
	unsigned long skewed = j + cpu * CPU_SKEW;
	unsigned long rest = skewed % HZ;
	unsigned long rounded = skewed - rest;

	if (up || rest >= HZ / 4)
		rounded += HZ;
	rounded -= cpu * CPU_SKEW;
	/* Not into the past. */
	return time_is_after_jiffies(rounded) ? rounded : j;
}

static unsigned long round_relative(unsigned long delta, int cpu, bool up)
{
	unsigned long now = jiffies;

	return round_to_second(now + delta, cpu, up) - now;
}

unsigned long __round_jiffies(unsigned long j, int cpu)
{
	return round_to_second(j, cpu, false);
}
EXPORT_SYMBOL_GPL(__round_jiffies);

unsigned long __round_jiffies_relative(unsigned long j, int cpu)
{
	return round_relative(j, cpu, false);
}
EXPORT_SYMBOL_GPL(__round_jiffies_relative);

unsigned long __round_jiffies_up(unsigned long j, int cpu)
{
	return round_to_second(j, cpu, true);
}
EXPORT_SYMBOL_GPL(__round_jiffies_up);

unsigned long __round_jiffies_up_relative(unsigned long j, int cpu)
{
	return round_relative(j, cpu, true);
}
EXPORT_SYMBOL_GPL(__round_jiffies_up_relative);

unsigned long round_jiffies(unsigned long j)
{
	return round_to_second(j, raw_smp_processor_id(), false);
}
EXPORT_SYMBOL_GPL(round_jiffies);

unsigned long round_jiffies_relative(unsigned long j)
{
	return round_relative(j, raw_smp_processor_id(), false);
}
EXPORT_SYMBOL_GPL(round_jiffies_relative);

unsigned long round_jiffies_up(unsigned long j)
{
	return round_to_second(j, raw_smp_processor_id(), true);
}
EXPORT_SYMBOL_GPL(round_jiffies_up);

unsigned long round_jiffies_up_relative(unsigned long j)
{
	return round_relative(j, raw_smp_processor_id(), true);
}
EXPORT_SYMBOL_GPL(round_jiffies_up_relative);
