// SPDX-License-Identifier: GPL-2.0-only
/*
 * paths.c - where the project's parts are
 *
 * Everything is found relative to this program's own file, so `vtb` works from
 * any working directory and a project may be moved.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "suggest.h"

/* Cuts the last component off; false if there is none. */
static bool cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || slash == path)
		return false;
	*slash = '\0';
	return true;
}

const char *cli_root(void)
{
	static char root[CLI_PATH];	/* a fact about this process */
	ssize_t n;
	int i;

	if (root[0])
		return root;
	n = readlink("/proc/self/exe", root, sizeof(root) - 1);
	if (n < 0)
		sim_bench_error(__FILE__, __LINE__, "/proc/self/exe: %s",
				strerror(errno));
	root[n] = '\0';
	/* ROOT/build/PRESET/bin/vtb */
	for (i = 0; i < 4; i++)
		if (!cut_last(root))
			sim_bench_error(__FILE__, __LINE__,
					"not in build/PRESET/bin: %s", root);
	return root;
}

char *cli_path(char buf[CLI_PATH], const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, CLI_PATH, format, args);
	va_end(args);
	if (n < 0 || n >= CLI_PATH)
		sim_bench_error(__FILE__, __LINE__, "path too long: %s", buf);
	return buf;
}

char *cli_real_path(char buf[CLI_PATH], const char *path)
{
	char *real = realpath(path, NULL);

	cli_path(buf, "%s", real ? real : path);
	free(real);
	return buf;
}

bool cli_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static int make_dir(const char *path)
{
	struct stat st;
	int rc;

	if (mkdir(path, 0777) == 0)
		return 0;
	rc = -errno;
	if (rc == -EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	fprintf(stderr, "vtb: cannot make folder %s: %s\n", path,
		rc == -EEXIST ? "there is something else of that name" :
				strerror(-rc));
	return rc;
}

int cli_make_dirs(const char *path)
{
	char part[CLI_PATH];
	char *p;
	int rc;

	cli_path(part, "%s", path);
	for (p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		rc = make_dir(part);
		if (rc)
			return rc;
		*p = '/';
	}
	return make_dir(part);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t cli_list_dir(const char *path, char ***names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char **more;
	size_t nr = 0;

	*names = NULL;
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		more = realloc(*names, (nr + 1) * sizeof(**names));
		sim_assert(more);
		*names = more;
		more[nr] = strdup(entry->d_name);
		sim_assert(more[nr]);
		nr++;
	}
	closedir(dir);
	if (nr)
		qsort(*names, nr, sizeof(**names), by_name);
	return nr;
}

void cli_free_names(char **names, size_t nr)
{
	while (nr)
		free(names[--nr]);
	free(names);
}

/* Ours comes first, then trees by name. */
static int by_target(const void *a, const void *b)
{
	const struct cli_executable *x = a;
	const struct cli_executable *y = b;
	int order = strcmp(x->target, y->target);
	bool x_own = !strcmp(x->implementation, "own");
	bool y_own = !strcmp(y->implementation, "own");

	if (order)
		return order;
	if (x_own != y_own)
		return x_own ? -1 : 1;
	return strcmp(x->implementation, y->implementation);
}

/* "iova_bitmap.linux-6.1": the first dot ends the target's name. */
static bool parse_executable(struct cli_executable *executable,
			     const char *dir, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t target_len = dot ? (size_t)(dot - name) : 0;

	if (!target_len || !dot[1] ||
	    target_len >= sizeof(executable->target) ||
	    strlen(dot + 1) >= sizeof(executable->implementation))
		return false;
	memset(executable, 0, sizeof(*executable));
	memcpy(executable->target, name, target_len);
	strcpy(executable->implementation, dot + 1);
	cli_path(executable->path, "%s/%s", dir, name);
	return access(executable->path, X_OK) == 0;
}

size_t cli_executables(const char *preset, struct cli_executable **list)
{
	char dir[CLI_PATH];
	char **names;
	size_t nr, i, kept = 0;

	cli_path(dir, "%s/build/%s/bin", cli_root(), preset);
	nr = cli_list_dir(dir, &names);
	*list = calloc(nr + 1, sizeof(**list));
	sim_assert(*list);
	for (i = 0; i < nr; i++)
		kept += parse_executable(*list + kept, dir, names[i]);
	cli_free_names(names, nr);
	qsort(*list, kept, sizeof(**list), by_target);
	return kept;
}

void cli_suggest_target(const char *preset, const char *name)
{
	struct cli_executable *list;
	size_t nr = cli_executables(preset, &list), i;
	struct suggestion suggestion;

	suggest_begin(&suggestion, name);
	for (i = 0; i < nr; i++)
		suggest(&suggestion, list[i].target);
	suggest_print(stderr, &suggestion);
	free(list);
}
