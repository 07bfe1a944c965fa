/* SPDX-License-Identifier: GPL-2.0-only */
/* compiler.h - marked accesses as C11 atomics, which TSan understands */
#ifndef NATIVE_LINUX_COMPILER_H
#define NATIVE_LINUX_COMPILER_H

#define READ_ONCE(x)	__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)						\
	__atomic_store_n(&(x), (__typeof__(x))(v), __ATOMIC_RELAXED)

#endif
