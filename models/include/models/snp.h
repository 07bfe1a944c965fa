/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snp.h - memory that the host cannot look into: SEV-SNP with vTOM
 *
 *	guest physical address        host
 *	0 ........... private alias   reads noise, cannot write
 *	boundary .... shared alias    reads and writes what is there
 *
 * Each frame is at both, one boundary apart, and is either private or shared;
 * only the alias that goes with its state can be used by the guest. The other
 * one is barred (sim/memory.h), so a wrong access is reported where it is made.
 * Whoever changes the state finds noise in the frame afterwards.
 *
 * Who may look at a frame is in its reader and writer sets, as ever; a shared
 * one has the CPUs of the host in them. Sources: AMD64 APM volume 2, 15.36 (RMP
 * checks, vTOM).
 */
#ifndef MODELS_SNP_H
#define MODELS_SNP_H

#include <models/machine.h>
#include <sim/sim.h>

enum snp_state { SNP_PRIVATE, SNP_SHARED_READ, SNP_SHARED };

struct snp;

/*
 * @machine:	the guest's
 * @host:	number of the machine that lets it run; needs no struct machine
 * @boundary:	physical address of the shared alias of frame 0, above memory; 0:
 *		the guest has one alias, which goes with either state, and memory is
 *		not encrypted: content outlives a change (VBS)
 */
struct snp_options {
	struct machine *machine;
	uint16_t host;
	uint64_t boundary;
};

/* All frames are private and validated. */
struct snp *snp_new(struct sim *sim, const struct snp_options *options);

uint64_t snp_boundary(const struct snp *snp);

/* @frame has to exist. */
enum snp_state snp_state(const struct snp *snp, uint64_t frame);
static inline bool snp_is_shared(const struct snp *snp, uint64_t frame)
{
	return snp_state(snp, frame) != SNP_PRIVATE;
}

/* 0, or -EALREADY: it was in that state, and its bytes are what they were. */
int snp_set_state(struct snp *snp, uint64_t frame, enum snp_state state);

/*
 * What the host, and so every device it emulates, does at a guest physical
 * address of either alias. Reading gives noise where a frame is private.
 *
 * -EFAULT	there is no such memory
 * -EACCES	writing: not all of it is shared for writing; nothing is written
 */
int snp_host_read(struct snp *snp, uint64_t phys, void *to, size_t bytes);
int snp_host_write(struct snp *snp, uint64_t phys, const void *from,
		   size_t bytes);

/* The same as host_read, by an oracle: no access, private bytes are shown. */
const void *snp_peek(const struct snp *snp, uint64_t frame);

/* Frames that are shared now. */
uint64_t snp_nr_shared(const struct snp *snp);

#endif
