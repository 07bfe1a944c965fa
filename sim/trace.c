/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.c - the running hash of what happened
 *
 * Records gather in a block of the world. A full block is hashed with the hash
 * of those before it as seed; what is in an unfinished block is added when
 * somebody asks. The hash is a function of the sequence of records only.
 *
 * XXH3 reads little-endian words whatever the compiler or vector unit, so the
 * hash is the same everywhere; a test pins it.
 */
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "internal.h"

_Static_assert(sizeof(struct sim_trace_record) == 32,
	       "a record has no padding");

/* Longest text that a reader gets, its end mark included. */
#define TEXT_BYTES	512

/* A reader wants every record at once; the hash needs full blocks only. */
void sim__trace_slow(struct sim *sim, const char *text)
{
	const struct sim_trace_reader *reader = &sim->host.reader;

	if (reader->record)
		reader->record(reader->arg, &sim->trace[sim->trace_used - 1],
			       text);
	if (sim->trace_used < SIM_TRACE_BLOCK)
		return;
	sim->trace_hash = XXH3_64bits_withSeed(sim->trace, sizeof(sim->trace),
					       sim->trace_hash);
	sim->trace_blocks++;
	sim->trace_used = 0;
}

void sim_trace(struct sim *sim, uint16_t what, uint64_t a, uint64_t b)
{
	sim__trace(sim, what, a, b);
}

void sim_trace_note(struct sim *sim, const char *text, uint64_t value)
{
	sim__trace_text(sim, SIM_TRACE_NOTE, sim_prng_label(text), value, text);
}

void sim_log(struct sim *sim, int level, const char *text, size_t len)
{
	uint64_t hash = XXH3_64bits(text, len);
	char copy[TEXT_BYTES];

	if (!sim->host.reader.record) {
		sim__trace(sim, SIM_TRACE_LOG, hash, level);
		return;
	}
	if (len >= sizeof(copy))
		len = sizeof(copy) - 1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	sim__trace_text(sim, SIM_TRACE_LOG, hash, level, copy);
}

uint64_t sim_trace_hash(const struct sim *sim)
{
	if (!sim->trace_used)
		return sim->trace_hash;
	return XXH3_64bits_withSeed(sim->trace,
				    sim->trace_used * sizeof(sim->trace[0]),
				    sim->trace_hash);
}

uint64_t sim_trace_count(const struct sim *sim)
{
	return sim->trace_blocks * SIM_TRACE_BLOCK + sim->trace_used;
}

void sim_set_trace_reader(struct sim *sim, const struct sim_trace_reader *r)
{
	sim->host.reader = r ? *r : (struct sim_trace_reader){ NULL, NULL };
	sim->host.trace_slow_at = r ? 0 : SIM_TRACE_BLOCK - 1;
}
