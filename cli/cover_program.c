// SPDX-License-Identifier: GPL-2.0-only
/*
 * cover_program.c - which program reaches a line
 *
 * All programs are replayed together first; that tells whether any of them
 * reaches the line. Then the half that does is halved until one is left: some
 * ten replays find one program among a thousand.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cover_program.h"

#define MAX_TEXT	8192

int cover_question_parse(struct cover_question *question, const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned long line = 0;
	char *end = NULL;

	if (colon)
		line = strtoul(colon + 1, &end, 10);
	if (!colon || colon == text || end == colon + 1 || *end ||
	    colon[1] == '-' || !line || line > UINT32_MAX) {
		fprintf(stderr, "vtb: cover: expected FILE:LINE after --program, not '%s'\n",
			text);
		return VTB_EXIT_USAGE;
	}
	cli_path(question->file, "%.*s", (int)(colon - text), text);
	question->line = (unsigned int)line;
	return VTB_EXIT_CLEAN;
}

/* Is @wanted the path, or its end from some folder on? */
static bool is_file(const char *path, const char *wanted)
{
	size_t length = strlen(path), end = strlen(wanted);

	if (end > length || strcmp(path + length - end, wanted))
		return false;
	return end == length || path[length - end - 1] == '/';
}

/* What a tracefile says about the line. */
struct line_report {
	char file[CLI_PATH];
	bool code;
	bool reached;
	unsigned int before, behind;
};

static void take_line(struct line_report *report, unsigned int wanted,
		      const char *record)
{
	unsigned int line = (unsigned int)strtoul(record, NULL, 10);
	const char *comma = strchr(record, ',');

	if (line < wanted && line > report->before)
		report->before = line;
	if (line > wanted && (!report->behind || line < report->behind))
		report->behind = line;
	if (line != wanted || !comma)
		return;
	report->code = true;
	report->reached |= strtoull(comma + 1, NULL, 10) != 0;
}

static int read_report(const char *tracefile,
		       const struct cover_question *question,
		       struct line_report *report)
{
	char line[MAX_TEXT], path[CLI_PATH];
	FILE *file = fopen(tracefile, "r");
	bool inside = false;

	memset(report, 0, sizeof(*report));
	if (!file) {
		fprintf(stderr, "vtb: %s: %s\n", tracefile, strerror(errno));
		return VTB_EXIT_BENCH;
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "SF:", 3)) {
			inside = is_file(cli_real_path(path, line + 3),
					 question->file);
			if (inside)
				cli_path(report->file, "%s", path);
		} else if (inside && !strncmp(line, "DA:", 3)) {
			take_line(report, question->line, line + 3);
		}
	}
	fclose(file);
	return VTB_EXIT_CLEAN;
}

/* One replay of @nr programs. */
static int try_programs(const struct cover_question *question,
			const struct cli_executable *executable, char **files,
			size_t nr, const char *out, struct line_report *report)
{
	const char **inputs = calloc(nr + 1, sizeof(*inputs));
	struct cli_cover_options options = {
		.target = executable->target,
		.implementation = executable->implementation,
		.inputs = inputs, .out = out, .keep_all = true,
	};
	struct cli_coverage coverage;
	char all[CLI_PATH];
	int code;

	sim_assert(inputs);
	memcpy(inputs, files, nr * sizeof(*inputs));
	cli_path(all, "%s/%s.%s.all", out, executable->target,
		 executable->implementation);
	code = cli_cover(&options, &coverage);
	if (!code)
		code = read_report(all, question, report);
	unlink(all);
	free(inputs);
	return code;
}

/* Some of files[0..nr) reach the line: which of them is enough? */
static int bisect(const struct cover_question *question,
		  const struct cli_executable *executable, char **files,
		  size_t nr, const char *out, const char **program)
{
	struct line_report report;
	int code;

	while (nr > 1) {
		code = try_programs(question, executable, files, nr / 2, out,
				    &report);
		if (code)
			return code;
		if (!report.reached)
			files += nr / 2;
		nr = report.reached ? nr / 2 : nr - nr / 2;
	}
	*program = files[0];
	return VTB_EXIT_CLEAN;
}

static enum cover_answer answer_of(const struct line_report *report)
{
	if (!*report->file)
		return COVER_NO_FILE;
	if (!report->code)
		return COVER_NO_CODE;
	return report->reached ? COVER_REACHED : COVER_UNREACHED;
}

/* The path below the project, if it is there. */
static const char *in_project(const char *path)
{
	size_t length = strlen(cli_root());

	if (!strncmp(path, cli_root(), length) && path[length] == '/')
		return path + length + 1;
	return path;
}

int cover_program_find(const struct cover_question *question,
		       const struct cli_executable *executable,
		       const char *const *inputs, const char *out,
		       struct cover_program *found)
{
	const char *program = "";
	struct line_report report;
	enum cover_answer answer;
	char **files;
	size_t nr = cli_cover_inputs(inputs, &files);
	int code;

	code = try_programs(question, executable, files, nr, out, &report);
	answer = answer_of(&report);
	if (!code && answer == COVER_REACHED)
		code = bisect(question, executable, files, nr, out, &program);
	if (!code && answer >= found->answer) {
		found->answer = answer;
		found->executable = *executable;
		found->programs = (unsigned int)nr;
		found->before = report.before;
		found->behind = report.behind;
		cli_path(found->file, "%s", report.file);
		cli_path(found->program, "%s", in_project(program));
	}
	cli_free_names(files, nr);
	return code;
}

static void print_neighbours(FILE *to, const struct cover_program *found)
{
	if (found->before && found->behind)
		fprintf(to, "; the nearest lines with code are %u and %u\n",
			found->before, found->behind);
	else
		fprintf(to, "; the nearest line with code is %u\n",
			found->before ? found->before : found->behind);
}

void cover_program_print(FILE *to, const struct cover_question *question,
			 const struct cover_program *found)
{
	switch (found->answer) {
	case COVER_NO_FILE:
		fprintf(to, "no target covers %s\n", question->file);
		break;
	case COVER_NO_CODE:
		fprintf(to, "no code at %s:%u", question->file,
			question->line);
		print_neighbours(to, found);
		break;
	case COVER_UNREACHED:
		fprintf(to, "nothing in %u programs reaches %s:%u\n",
			found->programs, question->file, question->line);
		break;
	case COVER_REACHED:
		fprintf(to, "%s reaches %s:%u in %s.%s\n", found->program,
			question->file, question->line,
			found->executable.target,
			found->executable.implementation);
		break;
	}
}

json_t *cover_program_json(const struct cover_program *found)
{
	static const char *const answers[] = {
		[COVER_NO_FILE] = "no target covers it",
		[COVER_NO_CODE] = "no code", [COVER_UNREACHED] = "unreached",
		[COVER_REACHED] = "reached",
	};

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}",
			 "answer", answers[found->answer],
			 "program", found->program, "file", found->file,
			 "target", found->executable.target,
			 "implementation", found->executable.implementation,
			 "programs", (int)found->programs);
}
