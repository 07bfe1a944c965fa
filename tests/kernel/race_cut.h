/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_cut.h - code under test that races, and code that nearly does
 *
 * A case is two functions for two threads on two vCPUs. Both access `shared`;
 * with @ordered what the case is named after lies between. Plain C types: both
 * compile worlds see this.
 */
#ifndef RACE_CUT_H
#define RACE_CUT_H

struct race_case {
	const char *name;
	void (*first)(int ordered);
	void (*second)(int ordered);
};

/* Ends with a case without a name. */
extern const struct race_case race_lock_cases[];
extern const struct race_case race_atomic_cases[];
extern const struct race_case race_defer_cases[];

/* Halves of a case for threads: @arg is its address, plus 1 for ordered. */
void race_cut_first(long arg);
void race_cut_second(long arg);

/* Everything that cases use is ready afterwards. */
void race_cut_init(void);
void race_defer_init(void);

/* The one place of each kind of access to the shared variable. */
void race_write(void);
void race_read(void);
void race_plain_write(void);

/* -- the life of an object -- */

void race_object_new(void);
void race_object_read(void);
void race_object_write(void);
void race_object_read_locked(void);
void race_object_assert_bits(void);
void race_object_other_bits(void);
void race_object_these_bits(void);
void race_object_free(void);
void race_object_free_locked(void);
void race_object_renew(void);

/* -- what annotations make of a race: both threads of each -- */

void race_marked_write(void);
void race_marked_read(void);
void race_data_race_read(void);
void race_no_kcsan_read(void);
void race_atomic_section_write(void);
void race_assert_writer(void);
void race_assert_access(void);
void race_assert_scoped(void);
void race_assert_bits(void);
void race_assert_plain_bits(void);
void race_other_bits(void);
void race_these_bits(void);
void race_locked_write(void);
void race_other_lock_read(void);

/* One that has written ends; another one takes its place. */
void race_ended_thread(void);

#endif
