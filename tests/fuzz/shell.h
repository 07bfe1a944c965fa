/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shell.h - tests of programs: run a command line, look at what it says
 */
#ifndef TESTS_FUZZ_SHELL_H
#define TESTS_FUZZ_SHELL_H

#include <stddef.h>

/*
 * Runs a command line by sh, in a folder of the test's own; stdout and stderr
 * come together in shell_output. Returns the exit code, 128 + signal number if
 * a signal ended it.
 */
int shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char shell_output[1 << 20];

/* The folder of this test, made by the group set-up below. */
extern char shell_dir[256];
int shell_setup(void **state);
int shell_teardown(void **state);

void shell_write(const char *name, const void *data, size_t size);

/* Fail with the output unless ... */
void expect_exit(int got, int expected);
void expect_output(const char *text);
void expect_no_output(const char *text);

#endif
