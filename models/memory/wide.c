/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wide entries in memory, as hardware reads them.
 *
 * FAULT MODEL
 *
 * Between any two pieces anybody else may run, and write what was read or what
 * is still to be read. A party whose right is taken back in between reads no
 * further: rights are looked at before each piece.
 *
 * Never happens: a piece that is torn (naturally aligned 64 bits are one access
 * on every machine we model), a piece that is read twice, a piece out of a
 * cache: what a device keeps is a model of its own.
 */
#include <errno.h>
#include <models/wide.h>
#include <sim/access.h>
#include <sim/decide.h>
#include <sim/finding.h>
#include <string.h>

static bool is_readable(const struct machine *machine,
			const struct machine_wide *wide)
{
	uint64_t frame = wide->phys >> SIM_FRAME_SHIFT;

	return frame < sim_memory_frames(machine_memory(machine)) &&
	       machine_may_read(machine, frame, wide->party);
}

static const char *address_of(const struct machine *machine, uint64_t phys)
{
	return (const char *)sim_frame_data(machine_memory(machine),
					    phys >> SIM_FRAME_SHIFT) +
	       phys % SIM_FRAME_BYTES;
}

static void check_shape(const struct machine_wide *wide)
{
	sim_assert(wide->bytes >= MACHINE_PIECE_BYTES &&
		   wide->bytes <= MACHINE_WIDE_MAX_BYTES);
	sim_assert(!(wide->bytes & (wide->bytes - 1)));
	sim_assert(!(wide->phys & (wide->bytes - 1)));
	sim_assert(wide->first == MACHINE_ANY_PIECE ||
		   wide->first < wide->bytes / MACHINE_PIECE_BYTES);
}

int machine_read_wide(const struct machine *machine,
		      const struct machine_wide *wide, uint64_t *to)
{
	struct sim *sim = machine_sim(machine);
	uint32_t nr = wide->bytes / MACHINE_PIECE_BYTES, first = wide->first, i;
	struct sim_access access = {
		.site = __builtin_return_address(0),
		.bytes = MACHINE_PIECE_BYTES,
		.flags = SIM_ACCESS_DEVICE,
	};

	check_shape(wide);
	if (!is_readable(machine, wide))
		return -EFAULT;
	if (first == MACHINE_ANY_PIECE)
		first = sim_decide(sim, SIM_DECIDE_PEER, nr);
	for (i = 0; i < nr; i++) {
		uint32_t piece = (first + i) % nr;

		access.address = address_of(machine, wide->phys) +
				 piece * MACHINE_PIECE_BYTES;
		sim_access(sim, &access);
		if (!is_readable(machine, wide))
			return -EFAULT;
		memcpy(&to[piece], access.address, MACHINE_PIECE_BYTES);
	}
	return 0;
}
