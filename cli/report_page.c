/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_page.c - the page around a report
 *
 * reports/page/page.html is the page; where it says @NAME@ alone on a line, a
 * file or the data comes in. Nothing of the page is loaded from elsewhere.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "report.h"

/* From the package libjs-chart.js (MIT licence). */
#define CHARTS	"/usr/share/javascript/chart.js/Chart.min.js"

/* In a script, "</" would end it. */
static void put_json(FILE *out, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER |
				      JSON_REAL_PRECISION(6));
	const char *c;

	sim_assert(text);
	for (c = text; *c; c++) {
		putc(*c, out);
		if (*c == '<' && c[1] == '/')
			putc('\\', out);
	}
	free(text);
}

static int put_file(FILE *out, const char *path)
{
	FILE *file = fopen(path, "r");
	char data[8192];
	size_t n;

	if (!file) {
		fprintf(stderr, "vtb: cannot read %s: %s\n", path,
			strerror(errno));
		return -errno;
	}
	while ((n = fread(data, 1, sizeof(data), file)))
		fwrite(data, 1, n, out);
	fclose(file);
	return 0;
}

static int put_part(FILE *out, const char *name, const json_t *json)
{
	char path[CLI_PATH];

	if (!strcmp(name, "DATA")) {
		put_json(out, json);
		return 0;
	}
	if (!strcmp(name, "CHARTS"))
		return cli_exists(CHARTS) ? put_file(out, CHARTS) : 0;
	return put_file(out, cli_path(path, "%s/reports/page/%s", cli_root(),
				      name));
}

/* "@NAME@\n" */
static bool is_part(char *line)
{
	size_t n = strlen(line);

	if (n < 4 || line[0] != '@' || line[n - 2] != '@')
		return false;
	line[n - 2] = '\0';
	return true;
}

static int put_page(FILE *out, const json_t *json)
{
	char path[CLI_PATH], line[1024];
	FILE *page = fopen(cli_path(path, "%s/reports/page/page.html",
				    cli_root()), "r");
	int rc = 0;

	if (!page) {
		fprintf(stderr, "vtb: cannot read %s: %s\n", path,
			strerror(errno));
		return -errno;
	}
	while (!rc && fgets(line, sizeof(line), page)) {
		if (is_part(line))
			rc = put_part(out, line + 1, json);
		else
			fputs(line, out);
	}
	fclose(page);
	return rc;
}

int report_page(const char *path, const json_t *json)
{
	struct output output;
	int rc;

	if (!cli_exists(CHARTS))
		fprintf(stderr, "vtb: report: no charts: apt-get install "
			"libjs-chart.js\n");
	rc = output_open_path(&output, path);
	if (rc)
		return rc;
	rc = put_page(output.file, json);
	if (rc)
		output_drop(&output);
	else
		rc = output_close(&output);
	return rc;
}
