/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shell.c - tests of programs: run a command line, look at what it says
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "shell.h"

char shell_output[1 << 20];
char shell_dir[256];
static char command_line[16384];

int shell(const char *format, ...)
{
	size_t used = 0, n;
	va_list args;
	FILE *pipe;
	int status;

	used = (size_t)snprintf(command_line, sizeof(command_line),
				"cd %s && exec 2>&1; ", shell_dir);
	va_start(args, format);
	vsnprintf(command_line + used, sizeof(command_line) - used, format,
		  args);
	va_end(args);
	pipe = popen(command_line, "r");
	assert_non_null(pipe);
	for (used = 0; used + 1 < sizeof(shell_output); used += n) {
		n = fread(shell_output + used, 1,
			  sizeof(shell_output) - 1 - used, pipe);
		if (!n)
			break;
	}
	shell_output[used] = '\0';
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

int shell_setup(void **state)
{
	strcpy(shell_dir, "/tmp/vtb-test-XX" "XX" "XX");
	/* What a developer has set must not decide. */
	unsetenv("ASAN_OPTIONS");
	unsetenv("UBSAN_OPTIONS");
	return mkdtemp(shell_dir) ? 0 : -1;
}

int shell_teardown(void **state)
{
	return shell("cd / && rm -rf %s", shell_dir);
}

void shell_write(const char *name, const void *data, size_t size)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", shell_dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void expect_exit(int got, int expected)
{
	if (got != expected)
		fail_msg("exit code %d, expected %d\n%s\n%s", got, expected,
			 command_line, shell_output);
}

void expect_output(const char *text)
{
	if (!strstr(shell_output, text))
		fail_msg("no '%s' in the output\n%s\n%s", text, command_line,
			 shell_output);
}

void expect_no_output(const char *text)
{
	if (strstr(shell_output, text))
		fail_msg("'%s' in the output\n%s\n%s", text, command_line,
			 shell_output);
}
