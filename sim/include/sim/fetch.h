/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch.h - fetches of memory that somebody else may write now
 *
 * A fetch is one read by code under test: a load, or a copy from user memory
 * with its whole range. Who else may write the frame is state of the frame
 * (sim/memory.h), and nothing else counts. A fetch is a *second* one if it
 * takes bytes again that the same activity (a system call, what an op makes a
 * thread do) has fetched before.
 *
 * The adversary is whoever may write the frame. He may change bytes just before
 * they are fetched: a decision of kind SIM_DECIDE_FETCH for each fetch, drawn
 * for second ones only. What he may be is for the program to say.
 *
 * A changed value in itself is no harm, and code that falls over a value that
 * was there all along has another bug. So a program is judged by up to three
 * runs that differ in one change, the first that is decided on:
 *
 *	SIM_CHANGE_NONE		it is noted and not made
 *	SIM_CHANGE_EARLY	it is made before the first of the two fetches
 *	SIM_CHANGE_LATE		it is made between them
 *
 * Only what the last one shows, and both others do not, is due to fetching
 * twice. A run makes one change and no more.
 */
#ifndef SIM_FETCH_H
#define SIM_FETCH_H

#include <sim/finding.h>
#include <sim/sim.h>

/* Who the adversary may be; recorded in programs, named in findings. */
enum sim_power {
	SIM_POWER_USER	 = 1 << 0,	/* another thread of a process */
	SIM_POWER_DEVICE = 1 << 1,	/* a device, by DMA */
	SIM_POWER_PEER	 = 1 << 2,	/* another machine, a hypervisor */
};
#define SIM_POWERS	3

/* "user", "device", "peer": the words of text programs. */
const char *sim_power_name(unsigned int n);

struct sim_fetch {
	const void *address;	/* in machine memory, by any mapping */
	uint32_t bytes;
	uint16_t reader;	/* number of the machine whose CPU reads */
	uint64_t activity;
	const void *site;	/* in the code: never in traces */
};

/*
 * What is done to memory. @first and @second are numbers of fetches in the run;
 * where there is no first one they are equal.
 */
struct sim_change {
	uint64_t frame;			/* of all frames of the world */
	uint32_t offset;		/* in it */
	uint32_t bytes;			/* 1 to 8; 0: there is no change */
	uint32_t first;
	uint32_t second;
	uint32_t op;			/* that it belongs to */
	uint32_t power;			/* enum sim_power that it takes */
	bool back;			/* it is undone after the fetch */
	uint8_t before[8];
	uint8_t after[8];
	uint32_t fetched[2];		/* bytes that the two fetches take */
	const void *site[2];
	char place[2][SIM_FINDING_WORD];	/* their functions */
};

enum sim_change_when { SIM_CHANGE_NONE, SIM_CHANGE_EARLY, SIM_CHANGE_LATE };

/*
 * Belongs to the caller, lies outside the world and must outlive the run.
 * @change is written unless @when is SIM_CHANGE_EARLY, which reads it.
 * @other_value is what SIM_CHANGE_EARLY finds out and SIM_CHANGE_LATE goes by:
 * the first fetch took something else from there, so the second is the only one
 * of that value (a slot that is used again), and to blame for nothing.
 */
struct sim_adversary {
	uint32_t powers;		/* enum sim_power */
	enum sim_change_when when;
	bool other_value;
	struct sim_change change;
};

/* Set between runs; NULL: there is none. */
void sim_set_adversary(struct sim *sim, struct sim_adversary *adversary);

/* A fetch as readers hear of it. */
struct sim_fetch_seen {
	const struct sim_fetch *fetch;
	uint32_t powers;		/* of whoever may write it */
	const void *first_site;		/* of a second fetch, else NULL */
};

/* One at most; lives outside the world and must not change it. NULL: none. */
struct sim_fetch_reader {
	void (*fetch)(void *arg, const struct sim_fetch_seen *seen);
	void *arg;
};
void sim_set_fetch_reader(struct sim *sim,
			  const struct sim_fetch_reader *reader);

/* Is there anybody who wants to know of fetches? */
bool sim_fetches_watched(const struct sim *sim);

/*
 * The running fiber is about to fetch. If that has brought a change about, it
 * is returned for the caller to fill in .place.
 */
struct sim_change *sim_fetch(struct sim *sim, const struct sim_fetch *fetch);

/* The change that has been made in this run, or NULL. */
const struct sim_change *sim_change_made(const struct sim *sim);

/*
 * The change that explains a finding at this moment: one made late, in the op
 * that is charged now. NULL if there is none.
 */
const struct sim_change *sim_change_to_blame(const struct sim *sim);

/*
 * Makes @finding one of oracle double-fetch because of @change: what it was
 * becomes the harm that is named.
 */
void sim_finding_blame(struct sim_finding *finding,
		       const struct sim_change *change);

/* -- the values of SIM_DECIDE_FETCH -- */

/*
 * What a value other than 0 means: word @index of @width bytes of what is
 * fetched again (of all that is fetched, if there was no first fetch) gets a
 * value by @pattern. The words of text programs: u8, u16, u32, u64.
 */
enum sim_pattern {
	SIM_PATTERN_ONES,	/* all bits set */
	SIM_PATTERN_ZERO,
	SIM_PATTERN_PLUS1,
	SIM_PATTERN_MINUS1,
	SIM_PATTERN_DOUBLE,
	SIM_PATTERN_PLUS64,
	SIM_PATTERN_PLUS_PAGE,
	SIM_PATTERN_FLIP_LOW,	/* lowest bit */
	SIM_PATTERN_FLIP_HIGH,	/* highest bit */
	SIM_PATTERN_MAX_SIGNED,
	SIM_PATTERN_INVERT,
	SIM_PATTERN_ONE,
	SIM_PATTERNS,
};
const char *sim_pattern_name(enum sim_pattern pattern);
int sim_pattern_parse(const char *name);	/* -EINVAL if unknown */

#define SIM_FETCH_MAX_INDEX	8191u

struct sim_fetch_choice {
	uint32_t index;		/* at most SIM_FETCH_MAX_INDEX */
	uint32_t width;		/* 1, 2, 4, 8 */
	enum sim_pattern pattern;
	bool back;
};
uint32_t sim_fetch_value(const struct sim_fetch_choice *choice);
/* @value may be anything but 0; one that says nothing is given a meaning. */
struct sim_fetch_choice sim_fetch_choice(uint32_t value);

#endif
