/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * project.h - a project of its own for tests of the vtb command
 *
 * A folder with copies of the vtb binary and of the fake target
 * (tests/fuzz/fake_target.c) as two implementations: vtb finds its root by the
 * place it lies in.
 */
#ifndef TESTS_CLI_PROJECT_H
#define TESTS_CLI_PROJECT_H

#include <jansson.h>

#include "../fuzz/shell.h"

#define VTB	"build/asan/bin/vtb"
#define HEAD	"vtb 1\nworld fake\nprofile abuse\n"

/* Group set-up of cmocka; the tear-down is shell_teardown(). */
int make_project(void **state);

/* Set-up of a test: no results, no scenarios, no known findings. */
int clean_out(void **state);

void write_text(const char *name, const char *text);

/* A scenario that shows lost-sum/sum/add at once, and nothing else can. */
void seed_finding(void);

/* Fails the test if the file is no JSON; the caller frees it. */
json_t *load_json(const char *name);

#endif
