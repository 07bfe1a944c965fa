/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier.h - order of loads and stores, as another CPU or the host sees them
 */
#ifndef _IPXE_BARRIER_H
#define _IPXE_BARRIER_H

void __kcsan_mb(void);
void __kcsan_wmb(void);
void __kcsan_rmb(void);

#define mb()	__kcsan_mb()
#define wmb()	__kcsan_wmb()	/* stores before it, stores behind it */
#define rmb()	__kcsan_rmb()	/* loads before it, loads behind it */

#endif
