// SPDX-License-Identifier: GPL-2.0-only
/*
 * lcov.c - lcov tracefiles: keep what belongs to a component, count it
 *
 * A tracefile (geninfo(1), FILES) is a list of sections, one per source file:
 *
 *	SF:path          begins a section
 *	FN:line,name     a function       FNDA:count,name   how often it ran
 *	BRDA:line,block,branch,taken      a branch
 *	DA:line,count    a line
 *	FNF FNH BRF BRH LF LH             totals
 *	end_of_record
 *
 * Totals are written anew, from the records that are kept, and branches from
 * llvm-cov's other export, which says which condition they belong to.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cover_branches.h"
#include "lcov.h"

#define MAX_FILES	16
#define MAX_LINES	65536
#define MAX_TEXT	4096

struct filter {
	const struct lcov_options *options;
	json_t *export;			/* of the branches */
	char files[MAX_FILES][256];
	unsigned int nr_files;
	char path[CLI_PATH];		/* of the current section */
	bool excluded[MAX_LINES];	/* its lines */
	uint16_t column[MAX_LINES];	/* where the text of a line begins */
	bool keep;			/* the current section */
	struct cli_count lines, branches, functions;	/* of the section */
	FILE *out;
	FILE *list;			/* of what is excluded */
};

/* ---- which files -------------------------------------------------------- */

/*
 * Fills in the files of a row "component implementation options file...". A
 * user's tree has one of the others' files: all of them will do, for a file
 * that is not there has no section.
 */
static void take_row(struct filter *filter, char *line, const char *target,
		     const char *implementation)
{
	const char *component = strtok(line, " \t\n");
	const char *row_implementation = strtok(NULL, " \t\n");
	const char *file;

	if (!component || component[0] == '#' || strcmp(component, target))
		return;
	if (!row_implementation || !strtok(NULL, " \t\n"))
		return;
	if (strcmp(row_implementation, implementation) &&
	    (strcmp(implementation, "user") ||
	     !strcmp(row_implementation, "own")))
		return;
	while ((file = strtok(NULL, " \t\n")) && filter->nr_files < MAX_FILES)
		snprintf(filter->files[filter->nr_files++],
			 sizeof(filter->files[0]), "/%s", file);
}

static int find_files(struct filter *filter, const char *target,
		      const char *implementation)
{
	char path[CLI_PATH], line[MAX_TEXT];
	FILE *table;

	cli_path(path, "%s/components/implementations.def", cli_root());
	table = fopen(path, "r");
	if (!table) {
		fprintf(stderr, "vtb: %s: %s\n", path, strerror(errno));
		return VTB_EXIT_BENCH;
	}
	while (fgets(line, sizeof(line), table))
		take_row(filter, line, target, implementation);
	fclose(table);
	if (filter->nr_files)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: %s has no row '%s %s'\n", path, target,
		implementation);
	return VTB_EXIT_BENCH;
}

static bool is_ours(const struct filter *filter, const char *path)
{
	size_t len = strlen(path);
	unsigned int i;

	for (i = 0; i < filter->nr_files; i++) {
		size_t suffix = strlen(filter->files[i]);

		if (len >= suffix &&
		    !strcmp(path + len - suffix, filter->files[i]))
			return true;
	}
	return false;
}

/* ---- branches that are there to be never taken -------------------------- */

static const char *const checks[] = {
	"WARN", "WARN_ON", "WARN_ONCE", "WARN_ON_ONCE", "BUG_ON",
	"VM_BUG_ON", "VM_BUG_ON_PAGE", "VM_WARN_ON", "VM_WARN_ON_ONCE",
	"lockdep_assert_held", "might_sleep", "static_assert",
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Start of the argument list of a check on this line, or NULL. */
static const char *find_check(const char *line)
{
	size_t i, len;
	const char *at;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		len = strlen(checks[i]);
		for (at = line; (at = strstr(at, checks[i])); at += len) {
			if (at > line && is_word(at[-1]))
				continue;
			if (at[len] == '(')
				return at + len;
		}
	}
	return NULL;
}

/*
 * Marks the lines of each check, up to its closing parenthesis, and where the
 * text of each line begins.
 */
static void read_source(struct filter *filter)
{
	const char *path = filter->path;
	char line[MAX_TEXT];
	FILE *source = fopen(path, "r");
	unsigned int nr = 0;
	int depth = 0;

	memset(filter->excluded, 0, sizeof(filter->excluded));
	while (source && fgets(line, sizeof(line), source)) {
		const char *c = depth ? line : find_check(line);

		if (++nr >= MAX_LINES)
			break;
		filter->column[nr] = (uint16_t)(strspn(line, " \t") + 1);
		if (!c)
			continue;
		filter->excluded[nr] = true;
		fprintf(filter->list, "%s:%u: %s", path, nr, line);
		for (; *c; c++) {
			depth += *c == '(';
			if (*c == ')' && --depth == 0)
				break;
		}
	}
	if (source)
		fclose(source);
}

/* ---- records ------------------------------------------------------------ */

static void count(struct cli_count *count, bool hit)
{
	count->found++;
	count->hit += hit;
}

/* A condition is two branches; one number stands for both in lcov's file. */
static void add_condition(struct filter *filter,
			  const struct cover_condition *condition,
			  unsigned int block)
{
	if (condition->left_out) {
		fprintf(filter->list, "%s:%u: %s: %s in %s()\n", filter->path,
			condition->line, condition->left_out,
			condition->where, condition->function);
		return;
	}
	if (condition->line < MAX_LINES && filter->excluded[condition->line])
		return;
	fprintf(filter->out, "BRDA:%u,%u,0,%" PRIu64 "\n"
		"BRDA:%u,%u,1,%" PRIu64 "\n",
		condition->line, block, condition->taken,
		condition->line, block, condition->not_taken);
	count(&filter->branches, condition->taken);
	count(&filter->branches, condition->not_taken);
}

static void add_conditions(struct filter *filter)
{
	struct cover_condition *list;
	size_t nr, i;

	nr = cover_branches(filter->export, filter->options->exe, filter->path,
			    &list);
	for (i = 0; i < nr; i++)
		add_condition(filter, &list[i], (unsigned int)i);
	free(list);
}

static void begin_section(struct filter *filter, char *given)
{
	given[strcspn(given, "\n")] = '\0';
	cli_real_path(filter->path, given);
	filter->keep = is_ours(filter, filter->path);
	memset(&filter->lines, 0, sizeof(filter->lines));
	memset(&filter->branches, 0, sizeof(filter->branches));
	memset(&filter->functions, 0, sizeof(filter->functions));
	if (!filter->keep)
		return;
	fprintf(filter->out, "SF:%s\n", filter->path);
	read_source(filter);
	add_conditions(filter);
}

static void add(struct cli_count *total, const struct cli_count *count)
{
	total->hit += count->hit;
	total->found += count->found;
}

static void end_section(struct filter *filter, struct cli_coverage *coverage)
{
	fprintf(filter->out, "FNF:%u\nFNH:%u\n", filter->functions.found,
		filter->functions.hit);
	fprintf(filter->out, "BRF:%u\nBRH:%u\n", filter->branches.found,
		filter->branches.hit);
	fprintf(filter->out, "LF:%u\nLH:%u\nend_of_record\n",
		filter->lines.found, filter->lines.hit);
	add(&coverage->lines, &filter->lines);
	add(&coverage->branches, &filter->branches);
	add(&coverage->functions, &filter->functions);
	filter->keep = false;
}

/* DA:line,count */
static void add_line(struct filter *filter, const char *record)
{
	unsigned int line = (unsigned int)strtoul(record, NULL, 10);
	const char *comma = strchr(record, ',');
	uint64_t runs = comma ? strtoull(comma + 1, NULL, 10) : 0;

	if (!runs && line < MAX_LINES)
		runs = cover_text_count(filter->export, filter->path, line,
					filter->column[line]);
	fprintf(filter->out, "DA:%u,%" PRIu64 "\n", line, runs);
	count(&filter->lines, runs);
}

static void take_record(struct filter *filter, char *line,
			struct cli_coverage *coverage)
{
	if (!strncmp(line, "SF:", 3)) {
		begin_section(filter, line + 3);
		return;
	}
	if (!filter->keep)
		return;
	if (!strncmp(line, "end_of_record", 13)) {
		end_section(filter, coverage);
		return;
	}
	if (!strncmp(line, "DA:", 3)) {
		add_line(filter, line + 3);
		return;
	}
	if (!strncmp(line, "FNDA:", 5))
		count(&filter->functions, strtoull(line + 5, NULL, 10));
	else if (strncmp(line, "FN:", 3))
		return;		/* branches and totals: written anew */
	fputs(line, filter->out);
}

static int copy_records(struct filter *filter, struct cli_coverage *coverage)
{
	const char *full = filter->options->full;
	char line[MAX_TEXT];
	FILE *in = fopen(full, "r");

	if (!in) {
		fprintf(stderr, "vtb: %s: %s\n", full, strerror(errno));
		return VTB_EXIT_BENCH;
	}
	while (fgets(line, sizeof(line), in))
		take_record(filter, line, coverage);
	fclose(in);
	if (coverage->lines.found)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: %s: no coverage of %s in it\n", full,
		filter->files[0] + 1);
	return VTB_EXIT_BENCH;
}

/* Closes a written file; a full disk shows here at the latest. */
static int close_written(FILE *file, const char *path)
{
	bool failed = ferror(file);

	if (fclose(file) == 0 && !failed)
		return VTB_EXIT_CLEAN;
	fprintf(stderr, "vtb: cannot write %s: %s\n", path, strerror(errno));
	return VTB_EXIT_BENCH;
}

int lcov_filter(const struct lcov_options *options,
		struct cli_coverage *coverage)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	const char *info = options->info;
	char list[CLI_PATH];
	int code, closed;

	sim_assert(filter);
	filter->options = options;
	cli_path(list, "%.*s.excluded", (int)(strlen(info) - 5), info);
	code = find_files(filter, options->target, options->implementation);
	if (code)
		goto out_free;
	filter->export = cover_branches_export(options->exe, options->profdata,
					       &code);
	if (!filter->export) {
		fprintf(stderr, "vtb: coverage: llvm-cov failed (%d)\n", code);
		code = VTB_EXIT_BENCH;
		goto out_free;
	}
	filter->out = fopen(info, "w");
	filter->list = fopen(list, "w");
	if (!filter->out || !filter->list) {
		fprintf(stderr, "vtb: cannot write %s: %s\n", info,
			strerror(errno));
		code = VTB_EXIT_BENCH;
		goto out_close;
	}
	code = copy_records(filter, coverage);
out_close:
	closed = filter->out ? close_written(filter->out, info) : 0;
	if (filter->list)
		closed |= close_written(filter->list, list);
	if (!code)
		code = closed;
out_free:
	json_decref(filter->export);
	free(filter);
	return code;
}
