/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wide.h - how hardware reads what is wider than one access
 *
 * A CPU fills an entry of 128 or 512 bits by several stores, and the device
 * that reads it may come in between: it sees what the stores so far have made
 * of it. Nor need the device read it in one go: it takes it in pieces of 64
 * bits, each whole, and others may run before each piece.
 */
#ifndef MODELS_WIDE_H
#define MODELS_WIDE_H

#include <models/machine.h>

#define MACHINE_PIECE_BYTES	8u
#define MACHINE_WIDE_MAX_BYTES	64u
#define MACHINE_ANY_PIECE	UINT32_MAX

/*
 * struct machine_wide - an entry as a device reads it
 * @party:	who reads; it must have the right to
 * @first:	the piece that is read first. Hardware that goes by a valid bit
 *		reads the piece that has it first, for otherwise nobody could
 *		write such an entry. MACHINE_ANY_PIECE: it promises nothing,
 *		and which one it is, is a decision (SIM_DECIDE_PEER)
 * @phys:	a multiple of @bytes
 * @bytes:	a power of two, MACHINE_PIECE_BYTES to MACHINE_WIDE_MAX_BYTES
 *
 * The others follow in ascending order, round the end of the entry.
 */
struct machine_wide {
	enum machine_party party;
	uint32_t first;
	uint64_t phys;
	uint32_t bytes;
};

/*
 * Reads the entry into @to, which has room for @bytes. Each piece is an access
 * (sim/access.h) and so a preemption point in front; in an event callback,
 * where nobody else can run, all is read at once.
 *
 * -EFAULT	there is no such memory, or @party may not read it
 */
int machine_read_wide(const struct machine *machine,
		      const struct machine_wide *wide, uint64_t *to);

#endif
