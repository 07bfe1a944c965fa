/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * project.c - a project of its own for tests of the vtb command
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "project.h"

void write_text(const char *name, const char *text)
{
	shell_write(name, text, strlen(text));
}

/* The launcher's variable would lead to another project. */
int make_project(void **state)
{
	unsetenv("VTB_ROOT");
	unsetenv("VTB_KERNEL");
	if (shell_setup(state))
		return -1;
	return shell("mkdir -p build/asan/bin scenarios/fake corpus/fake &&"
		     " cp %s build/asan/bin/vtb &&"
		     " cp %s build/asan/bin/fake.own &&"
		     " cp %s build/asan/bin/fake.linux-6.1",
		     VTB_BINARY, VTB_FAKE_TARGET, VTB_FAKE_TARGET);
}

int clean_out(void **state)
{
	return shell("rm -rf o out scenarios/fake/* corpus/fake/*");
}

/* Profile contract: nothing else can go wrong. */
void seed_finding(void)
{
	write_text("scenarios/fake/sum.scn",
		   "vtb 1\nworld fake\none: add(n=40500)\n");
	/* What `vtb run --bless` leaves beside a scenario is no seed. */
	write_text("scenarios/fake/sum.trace", "# 0 ns\n");
}

json_t *load_json(const char *name)
{
	char path[512];
	json_error_t error;
	json_t *json;

	snprintf(path, sizeof(path), "%s/%s", shell_dir, name);
	json = json_load_file(path, 0, &error);
	if (!json)
		fail_msg("%s: %s\n%s", path, error.text, shell_output);
	return json;
}
