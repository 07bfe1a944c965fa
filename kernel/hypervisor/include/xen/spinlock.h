/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spinlock.h - spinlocks and rwlocks
 *
 * Whoever holds one keeps its CPU. Each has a rank: locks are taken in
 * ascending order only, and none is held on the way back to a guest.
 */
#ifndef _XEN_SPINLOCK_H
#define _XEN_SPINLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
	RANK_DOMAIN = 1,
	RANK_GRANT_TABLE,
	RANK_MAPTRACK,
	RANK_ACTIVE,
	RANK_P2M,
};

typedef struct {
	uint8_t taken;
	uint8_t rank;
	uint8_t cpu;			/* who has it */
	uint8_t reserved[5];		/* other objects to a race detector */
} spinlock_t;

typedef struct {
	uint8_t written;
	uint8_t rank;
	uint8_t readers;
	uint8_t reserved[5];
} rwlock_t;

void spin_lock_init(spinlock_t *lock, enum lock_rank rank);
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

void rwlock_init(rwlock_t *lock, enum lock_rank rank);
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);

#endif
