/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compiler.h - seen first by everything that runs on the firmware
 *
 * Static data goes into the image of the instance, code under test lies
 * together: as in kernel/linux/include/vtb/prelude.h, which says why.
 *
 * Debug messages are checked by the compiler and never printed: printing in a
 * run would cost more than the run.
 */
#ifndef _COMPILER_H
#define _COMPILER_H

#pragma clang section bss=".vtb.bss" data=".vtb.data"

#ifdef VTB_CUT
#pragma clang section text=".vtb.cut"
#endif

#define FILE_LICENCE(licence)	struct firmware_licence_ ## licence

#define __unused	__attribute__((unused))
#define __used		__attribute__((used))
#define __packed	__attribute__((packed))
#define __attribute_format(n, m) __attribute__((format(printf, n, m)))
#define __always_inline	inline __attribute__((always_inline))

static inline __attribute_format(1, 2) void dbg_nothing(const char *format, ...)
{
	(void)format;
}

#define DBGC(object, ...)						\
	do {								\
		(void)(object);						\
		if (0)							\
			dbg_nothing(__VA_ARGS__);			\
	} while (0)
#define DBGC2(object, ...)	DBGC(object, __VA_ARGS__)
#define DBG(...)		DBGC(0, __VA_ARGS__)
#define DBGC_HDA(object, address, data, len)				\
	do {								\
		(void)(object);						\
		(void)(address);					\
		(void)(data);						\
		(void)(len);						\
	} while (0)
#define DBGC_HD(object, data, len)	DBGC_HDA(object, 0, data, len)

/* What another CPU or the host may change, or see, at any time. */
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value)	(*(volatile typeof(x) *)&(x) = (value))

#endif
