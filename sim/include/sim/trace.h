/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - what happened, as fixed-size records with a running hash
 *
 * A record never holds an address, a code pointer or anything else that may
 * differ between compilers, sanitizers or machines: the trace hash of a
 * program is the same everywhere. Records are hashed in blocks of 4 KiB
 * (XXH3 chained by seed), so tracing is a store of 32 bytes.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <sim/sim.h>

enum sim_trace_what {
	SIM_TRACE_EVENT = 1,	/* actor = source; not for a fiber's own timer */
	SIM_TRACE_SWITCH,	/* actor = fiber that runs now */
	SIM_TRACE_OP_BEGIN,	/* a = op id in the op table */
	SIM_TRACE_OP_END,	/* a = result (errno as u64) */
	SIM_TRACE_DECISION,	/* a = kind, b = value; only if not 0 */
	SIM_TRACE_NOTE,		/* a = label of a text, b = value */
	SIM_TRACE_LOG,		/* printk: a = hash of the text, b = level */
	SIM_TRACE_KERNEL = 32,	/* 32..63: kernel runtime, see bridge.h */
	SIM_TRACE_MODEL = 64,	/* 64..: models, each names its own */
};

struct sim_trace_record {
	uint64_t time_ns;
	uint16_t what;
	uint16_t actor;
	uint32_t op;
	uint64_t a;
	uint64_t b;
};

/* Adds a record about the running actor and op. */
void sim_trace(struct sim *sim, uint16_t what, uint64_t a, uint64_t b);

/* Adds a text note; only the text's hash enters the record. */
void sim_trace_note(struct sim *sim, const char *text, uint64_t value);

/* Hash of all records so far. */
uint64_t sim_trace_hash(const struct sim *sim);
uint64_t sim_trace_count(const struct sim *sim);

/*
 * Readers get every record as it is made, and the text that belongs to notes
 * and log lines. They live outside the world and must not change it.
 */
struct sim_trace_reader {
	void (*record)(void *arg, const struct sim_trace_record *record,
		       const char *text);
	void *arg;
};
void sim_set_trace_reader(struct sim *sim, const struct sim_trace_reader *r);

/* printk and friends: a line of text at a log level. */
void sim_log(struct sim *sim, int level, const char *text, size_t len);

#endif
