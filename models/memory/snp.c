/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snp.c - the reverse map of a guest with SEV-SNP and vTOM
 *
 * FAULT MODEL
 *
 * The processor keeps its promises: what is private the host reads as noise and
 * cannot write, whatever it does, and a change of state takes the content away.
 * The host may read and write what is shared at any moment. It never takes a
 * private frame away or puts another in its place: a guest that touches such a
 * frame stops with an exception, which is denial of service and no subject here.
 * A state changes at one moment for all vCPUs; nobody has a stale translation.
 *
 * Noise is a function of the frame and of how often its state has changed, so
 * it is the same in every run and never twice the same in a frame.
 */
#include <errno.h>

#include <models/snp.h>
#include <sim/access.h>
#include <sim/bulk.h>
#include <sim/fiber.h>
#include <sim/finding.h>
#include <sim/prng.h>
#include <sim/trace.h>

#define PRIVATE_VIEW	0u
#define SHARED_VIEW	1u

#define TRACE_SNP	(SIM_TRACE_MODEL + 24)	/* a = frame, b = new state */

struct snp {
	struct sim *sim;
	struct machine *machine;
	struct sim_memory *memory;
	uint64_t boundary;
	uint64_t nr_shared;
	uint32_t *changes;		/* of each frame */
	uint16_t host;
};

static void set_bars(struct snp *snp, uint64_t frame, enum snp_state state)
{
	unsigned int wrong = state == SNP_PRIVATE ? SHARED_VIEW : PRIVATE_VIEW;

	if (snp->boundary)
		sim_frame_bar(snp->memory, frame, 1u << wrong);
}

struct snp *snp_new(struct sim *sim, const struct snp_options *options)
{
	struct snp *snp = sim_alloc(sim, sizeof(*snp), 8);
	uint64_t nr = sim_memory_frames(machine_memory(options->machine)), i;

	sim_assert(!options->boundary ||
		   options->boundary >= nr << SIM_FRAME_SHIFT);
	snp->sim = sim;
	snp->machine = options->machine;
	snp->memory = machine_memory(options->machine);
	snp->boundary = options->boundary;
	snp->host = options->host;
	snp->changes = sim_alloc(sim, nr * sizeof(*snp->changes), 8);
	for (i = 0; i < nr; i++)
		set_bars(snp, i, SNP_PRIVATE);
	return snp;
}

uint64_t snp_boundary(const struct snp *snp)
{
	return snp->boundary;
}

enum snp_state snp_state(const struct snp *snp, uint64_t frame)
{
	return sim_frame(snp->memory, frame)->state;
}

uint64_t snp_nr_shared(const struct snp *snp)
{
	return snp->nr_shared;
}

/* -- content -------------------------------------------------------------- */

#define NOISE_WORDS	64	/* then it begins again */

static uint64_t noise(const struct snp *snp, uint64_t frame, uint64_t word)
{
	return sim_prng_at(sim_prng_stream(snp->changes[frame], frame),
			   word % NOISE_WORDS);
}

/* Bytes [offset, offset + bytes) of the frame as somebody without the key. */
static void read_noise(const struct snp *snp, uint64_t frame, size_t offset,
		       char *to, size_t bytes)
{
	size_t i;

	for (i = offset; i < offset + bytes; i++)
		*to++ = (char)(noise(snp, frame, i / 8) >> (i % 8 * 8));
}

/* No hook of the guest's code sees it: it is the processor's key that changes. */
static void scramble(struct snp *snp, uint64_t frame)
{
	char *data = sim_frame_data(snp->memory, frame);
	uint64_t words[NOISE_WORDS], at, i;

	snp->changes[frame]++;
	if (sim_frame(snp->memory, frame)->class == SIM_FRAME_FREE)
		return;
	sim_frames_touch(snp->memory, frame, 1);
	for (i = 0; i < NOISE_WORDS; i++)
		words[i] = noise(snp, frame, i);
	for (at = 0; at < SIM_FRAME_BYTES; at += sizeof(words))
		sim_bulk_move(data + at, words, sizeof(words));
}

/* -- state ---------------------------------------------------------------- */

static void let_host_in(struct snp *snp, uint64_t frame, enum snp_state state)
{
	machine_unshare(snp->machine, frame, snp->host);
	if (state != SNP_PRIVATE)
		machine_share(snp->machine, frame, snp->host,
			      state == SNP_SHARED);
}

int snp_set_state(struct snp *snp, uint64_t frame, enum snp_state state)
{
	struct sim_frame *f = sim_frame(snp->memory, frame);
	bool was = f->state != SNP_PRIVATE, is = state != SNP_PRIVATE;

	if (f->state == state)
		return -EALREADY;
	sim_trace(snp->sim, TRACE_SNP, frame, state);
	f->state = state;
	let_host_in(snp, frame, state);
	if (was == is)
		return 0;
	snp->nr_shared += is ? 1 : -1ull;
	set_bars(snp, frame, state);
	if (snp->boundary)
		scramble(snp, frame);
	return 0;
}

/* -- the host ------------------------------------------------------------- */

/* The frame at @phys, of either alias, or none. */
static bool find_frame(const struct snp *snp, uint64_t phys, uint64_t *frame)
{
	if (snp->boundary && phys >= snp->boundary)
		phys -= snp->boundary;
	*frame = phys >> SIM_FRAME_SHIFT;
	return *frame < sim_memory_frames(snp->memory);
}

/* Bytes of [phys, phys + bytes) that lie in the first frame of it. */
static size_t in_frame(uint64_t phys, size_t bytes)
{
	size_t rest = SIM_FRAME_BYTES - phys % SIM_FRAME_BYTES;

	return bytes < rest ? bytes : rest;
}

static char *data_at(const struct snp *snp, uint64_t frame, uint64_t phys)
{
	return (char *)sim_frame_data(snp->memory, frame) +
	       phys % SIM_FRAME_BYTES;
}

/* Others may run before: look at the state afterwards. */
static void tell(struct snp *snp, const void *data, size_t bytes,
		 unsigned int flags)
{
	const struct sim_access access = {
		.address = data,
		.bytes = bytes,
		.flags = flags | SIM_ACCESS_DEVICE | SIM_ACCESS_BULK,
	};

	if (sim_fiber_self(snp->sim))
		sim_access(snp->sim, &access);
}

static void read_frame(struct snp *snp, uint64_t frame, uint64_t phys,
		       char *to, size_t bytes)
{
	const char *data = data_at(snp, frame, phys);

	if (snp_is_shared(snp, frame))
		tell(snp, data, bytes, 0);
	if (snp_is_shared(snp, frame))
		sim_bulk_move(to, data, bytes);
	else
		read_noise(snp, frame, phys % SIM_FRAME_BYTES, to, bytes);
}

int snp_host_read(struct snp *snp, uint64_t phys, void *to, size_t bytes)
{
	char *at = to;
	uint64_t frame;
	size_t nr;

	for (; bytes; bytes -= nr, phys += nr, at += nr) {
		nr = in_frame(phys, bytes);
		if (!find_frame(snp, phys, &frame))
			return -EFAULT;
		read_frame(snp, frame, phys, at, nr);
	}
	return 0;
}

static int may_write(const struct snp *snp, uint64_t phys, size_t bytes)
{
	uint64_t frame;
	size_t nr;

	for (; bytes; bytes -= nr, phys += nr) {
		nr = in_frame(phys, bytes);
		if (!find_frame(snp, phys, &frame))
			return -EFAULT;
		if (snp_state(snp, frame) != SNP_SHARED)
			return -EACCES;
	}
	return 0;
}

int snp_host_write(struct snp *snp, uint64_t phys, const void *from,
		   size_t bytes)
{
	int rc = may_write(snp, phys, bytes);
	const char *at = from;
	uint64_t frame;
	char *data;
	size_t nr;

	for (; !rc && bytes; bytes -= nr, phys += nr, at += nr) {
		nr = in_frame(phys, bytes);
		find_frame(snp, phys, &frame);
		data = data_at(snp, frame, phys);
		tell(snp, data, nr, SIM_ACCESS_WRITE);
		rc = may_write(snp, phys, nr);
		if (rc)
			break;
		sim_frames_touch(snp->memory, frame, 1);
		sim_bulk_move(data, at, nr);
	}
	return rc;
}

const void *snp_peek(const struct snp *snp, uint64_t frame)
{
	return sim_frame_data(snp->memory, frame);
}
