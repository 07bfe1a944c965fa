/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inputs.c - many inputs: run quietly (coverage), or turned into seeds
 *
 * To be run, bytes are decoded as a fuzzer's are; text must parse. Seeds come
 * from people's folders: there every file must be a program of this target, and
 * what is none is named and passed over. Findings do not stop
 * anything. A crash does: it ends the process with 3, after the profile has
 * been written, because the inputs behind it have not been run.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "session.h"

static uint64_t nr_inputs;

/* Folders of programs have notes in them, too, and traces of `vtb run --bless`. */
static bool is_note(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot && (!strcmp(dot, ".txt") || !strcmp(dot, ".md") ||
		       !strcmp(dot, ".part") || !strcmp(dot, ".trace"));
}

static int load_input(struct program *program, const char *path)
{
	static uint8_t data[PROGRAM_MAX_FILE];
	char error[512];
	size_t size;
	int rc;

	rc = program_read_file(path, data, sizeof(data), &size);
	if (rc) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(-rc));
		return VTB_EXIT_USAGE;
	}
	if (!strstr(path, ".scn")) {
		program_decode(program, world_types, data, size);
		return VTB_EXIT_CLEAN;
	}
	if (program_parse(program, world_types, path, (char *)data, size,
			  error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	return VTB_EXIT_CLEAN;
}

static int run_file(const char *path, void *arg)
{
	static struct program program;
	static struct target_result result;
	const struct target_run run = { .step_budget = session.step_budget };
	int code;

	if (is_note(path))
		return VTB_EXIT_CLEAN;
	code = load_input(&program, path);
	if (code)
		return code;
	session.running_file = path;
	session_run(&program, &run, &result);
	nr_inputs++;
	return VTB_EXIT_CLEAN;
}

/* Seeds are named by their content, as libFuzzer's own inputs are. */
static int encode_file(const char *path, void *arg)
{
	const char *dir = *(const char *const *)arg;
	static struct program program;
	static uint8_t data[PROGRAM_MAX_FILE];
	char to[4096], error[512];
	size_t size;
	int rc;

	if (is_note(path))
		return VTB_EXIT_CLEAN;
	if (program_load(&program, world_types, path, error, sizeof(error))) {
		fprintf(stderr, "vtb: %s\n", error);
		return VTB_EXIT_USAGE;
	}
	size = program_encode(&program, false, data, sizeof(data));
	snprintf(to, sizeof(to), "%s/%016" PRIx64, dir,
		 XXH64(data, size, 0));
	rc = report_write_file(to, data, size);
	if (rc && rc != -EEXIST) {
		fprintf(stderr, "vtb: %s: %s\n", to, strerror(-rc));
		return VTB_EXIT_BENCH;
	}
	nr_inputs++;
	return VTB_EXIT_CLEAN;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* In order of name. */
int inputs_walk(const char *path, input_fn fn, void *arg)
{
	struct dirent **list;
	struct stat st;
	char name[4096];
	int n, i, code = VTB_EXIT_CLEAN;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return fn(path, arg);
	if (!S_ISDIR(st.st_mode)) {
		fprintf(stderr, "vtb: %s: neither a file nor a folder\n", path);
		return VTB_EXIT_USAGE;
	}
	n = scandir(path, &list, not_hidden, by_name);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, list[i]->d_name);
		code = session_worse(code, inputs_walk(name, fn, arg));
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return code;
}

int run_inputs(char **paths, int nr)
{
	int i, code = VTB_EXIT_CLEAN;

	session.mode = SESSION_QUIET;
	session.death_code = VTB_EXIT_BENCH;
	crash_arm();
	for (i = 0; i < nr; i++)
		code = session_worse(code, inputs_walk(paths[i], run_file, NULL));
	printf("vtb: ran %" PRIu64 " inputs\n", nr_inputs);
	return code;
}

int encode_inputs(const char *dir, char **paths, int nr)
{
	int i, code = VTB_EXIT_CLEAN;

	for (i = 0; i < nr; i++)
		code = session_worse(code, inputs_walk(paths[i], encode_file,
						       &dir));
	printf("vtb: wrote %" PRIu64 " seeds\n", nr_inputs);
	return code;
}
