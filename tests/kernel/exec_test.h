/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_test.h - groups of tests of the execution half
 */
#ifndef EXEC_TEST_H
#define EXEC_TEST_H

/* Each returns the number of failed tests. */
int exec_instance_tests(void);
int exec_lock_tests(void);
int exec_sched_tests(void);
int exec_irq_tests(void);

#endif
