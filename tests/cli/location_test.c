/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * location_test.c - functions of identities, in the real targets
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "location.h"

static struct cli_executable executable(const char *implementation)
{
	struct cli_executable exe;

	cli_path(exe.path, "%s/build/asan/bin/iova_bitmap.%s", cli_root(),
		 implementation);
	return exe;
}

/* Symbolizers give the line of the brace: the name stands a little above. */
#define HEAD_LINES	3

static void expect_line(const struct location *location)
{
	char path[CLI_PATH], line[1024];
	unsigned int nr = 0;
	bool named = false;
	FILE *file = fopen(cli_path(path, "%s/%s", cli_root(), location->file),
			   "r");

	assert_non_null(file);
	while (nr < location->line && fgets(line, sizeof(line), file))
		if (++nr + HEAD_LINES > location->line)
			named |= strstr(line, location->function) != NULL;
	fclose(file);
	assert_int_equal(nr, location->line);
	assert_true(named);
}

static void own_function_is_found(void **state)
{
	struct cli_executable exe = executable("own");
	struct location location;

	assert_true(location_of(&exe, "oracle/object/iova_bitmap_set",
				&location));
	assert_string_equal(location.function, "iova_bitmap_set");
	assert_string_equal(location.file,
			    "components/iova_bitmap/iova_bitmap.c");
	expect_line(&location);
}

/* The first place is an op, the second a function. */
static void upstream_function_is_found(void **state)
{
	struct cli_executable exe = executable("linux-6.1");
	struct location location;

	assert_true(location_of(&exe, "oracle/object/dma_write+iova_bitmap_set",
				&location));
	assert_string_equal(location.function, "iova_bitmap_set");
	assert_string_equal(location.file, "drivers/vfio/iova_bitmap.c");
	assert_true(location.line > 1);
}

static void others_are_not(void **state)
{
	struct cli_executable exe = executable("own");
	struct location location;

	assert_false(location_of(&exe, "oracle/object/dma_write+log_report",
				 &location));
	/* There is such a function, but it belongs to the bench. */
	assert_false(location_of(&exe, "oracle/object/session_run", &location));
	assert_false(location_of(&exe, "clean", &location));
	strcat(exe.path, ".none");
	assert_false(location_of(&exe, "oracle/object/iova_bitmap_set",
				 &location));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_function_is_found),
		cmocka_unit_test(upstream_function_is_found),
		cmocka_unit_test(others_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
