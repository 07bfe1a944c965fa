/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_places.c - the places of a finding, with source lines
 *
 * The exact line of a place is in the stacks that a replay prints, ours or
 * ASan's:
 *
 *	    #0 iova_bitmap_set (drivers/vfio/iova_bitmap.c:412)
 *	    #1 0x55d0 in iova_bitmap_set /src/drivers/vfio/iova_bitmap.c:412:9
 *
 * Where a place is not on a stack, it is the line its function begins in.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "location.h"
#include "report.h"

#define AROUND		4		/* lines before and after */
#define MAX_STACK	80

/* -- stacks -- */

/* A frame of a stack: the part behind "#N ", or NULL. */
static const char *frame_of(const char *line)
{
	line += strspn(line, " ");
	if (*line != '#' || !isdigit((unsigned char)line[1]))
		return NULL;
	line += 1 + strspn(line + 1, "0123456789");
	if (!strncmp(line, " 0x", 3)) {
		line = strstr(line, " in ");
		return line ? line + 4 : NULL;
	}
	return *line == ' ' ? line + 1 : NULL;
}

/* "NAME (FILE:LINE)" or "NAME FILE:LINE:COLUMN"; false: another function. */
static bool parse_frame(const char *frame, const char *name, char file[CLI_PATH],
			unsigned int *line)
{
	size_t length = strlen(name), path;
	const char *colon;

	if (strncmp(frame, name, length) || frame[length] != ' ')
		return false;
	frame += length + 1;
	frame += *frame == '(';
	path = strcspn(frame, "\n)");
	for (colon = frame; colon < frame + path; colon++)
		if (*colon == ':' && isdigit((unsigned char)colon[1]))
			break;
	if (colon >= frame + path)
		return false;
	cli_path(file, "%.*s", (int)(colon - frame), frame);
	*line = (unsigned int)strtoul(colon + 1, NULL, 10);
	return *line;
}

static bool on_stack(const char *text, const char *name, char file[CLI_PATH],
		     unsigned int *number)
{
	const char *line, *frame;

	for (line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		frame = frame_of(line);
		if (frame && parse_frame(frame, name, file, number))
			return true;
	}
	return false;
}

static bool is_headline(const char *line)
{
	return !strncmp(line, "vtb: raised by", 14) ||
	       !strncmp(line, "vtb: the other place", 20) ||
	       !strncmp(line, "vtb: the first place", 20) ||
	       !strncmp(line, "vtb: first:", 11) ||
	       !strncmp(line, "vtb: then:", 10) ||
	       !strncmp(line, "freed by thread", 15) ||
	       !strncmp(line, "previously allocated by", 23) ||
	       !strncmp(line, "READ of size", 12) ||
	       !strncmp(line, "WRITE of size", 13);
}

static void add_stack(json_t *lines, const char *text)
{
	const char *line;
	size_t length;

	for (line = text; line && *line; line += length + 1) {
		length = strcspn(line, "\n");
		if (json_array_size(lines) < MAX_STACK &&
		    (frame_of(line) || is_headline(line)))
			json_array_append_new(lines, json_stringn(line, length));
		if (!line[length])
			break;
	}
}

json_t *report_stack(const struct report_output *output)
{
	json_t *lines = json_array();

	add_stack(lines, output->out);
	add_stack(lines, output->err);
	return lines;
}

/* -- source -- */

/*
 * build/trees.cmake has set(VTB_TREE_DIR_NAME "DIR") for each tree. A file of
 * that tree is looked for first whose name is the implementation's.
 */
static bool in_trees(const char *file, const char *implementation,
		     char path[CLI_PATH])
{
	char list[CLI_PATH], line[CLI_PATH], name[64], dir[CLI_PATH];
	FILE *trees = fopen(cli_path(list, "%s/build/trees.cmake", cli_root()),
			    "r");
	bool found = false, exact = false;

	while (trees && !exact && fgets(line, sizeof(line), trees)) {
		char candidate[CLI_PATH];

		if (sscanf(line, "set(VTB_TREE_DIR_%63s \"%4000[^\"]", name,
			   dir) != 2)
			continue;
		snprintf(candidate, sizeof(candidate), "%.4000s/src/%.90s", dir,
			 file);
		if (!cli_exists(candidate))
			continue;
		exact = !strcmp(name, implementation);
		if (exact || !found)
			cli_path(path, "%s", candidate);
		found = true;
	}
	if (trees)
		fclose(trees);
	return found;
}

/* Where a file that a stack names lies on this machine. */
static bool find_source(const char *file, const char *implementation,
			char path[CLI_PATH])
{
	if (*file == '/' && cli_exists(file)) {
		cli_path(path, "%s", file);
		return true;
	}
	if (cli_exists(cli_path(path, "%s/%s", cli_root(), file)))
		return true;
	return in_trees(file, implementation, path);
}

/* The name that it has in the project or in its tree. */
static const char *short_name(const char *file)
{
	const char *tree = strstr(file, "/trees/"), *below;
	size_t n = strlen(cli_root());

	below = tree ? strstr(tree, "/src/") : NULL;
	if (below)
		return below + strlen("/src/");
	return !strncmp(file, cli_root(), n) && file[n] == '/' ? file + n + 1 :
								 file;
}

/* [{"line": 410, "text": "..."}] around @number. */
static json_t *source_around(const char *path, unsigned int number)
{
	json_t *lines = json_array();
	FILE *file = fopen(path, "r");
	char text[512];
	unsigned int n;

	for (n = 1; file && n <= number + AROUND && fgets(text, sizeof(text), file);
	     n++) {
		if (n + AROUND < number)
			continue;
		text[strcspn(text, "\n")] = '\0';
		json_array_append_new(lines, json_pack("{s:i, s:s}", "line",
						       (int)n, "text",
						       text));
	}
	if (file)
		fclose(file);
	return lines;
}

static json_t *place_json(const struct cli_executable *exe, const char *name,
			  const struct report_output *output)
{
	json_t *place = json_pack("{s:s}", "function", name);
	char file[CLI_PATH], path[CLI_PATH];
	struct location location;
	unsigned int line;
	bool exact = true;

	if (!on_stack(output->out, name, file, &line) &&
	    !on_stack(output->err, name, file, &line)) {
		if (!location_of_function(exe, name, &location))
			return place;
		cli_path(file, "%s", location.file);
		line = location.line;
		exact = false;
	}
	cli_real_path(path, file);
	json_object_update_new(place, json_pack("{s:s, s:i, s:b}", "file",
						short_name(path), "line",
						(int)line, "exact", exact));
	if (find_source(file, exe->implementation, path))
		json_object_set_new(place, "source", source_around(path, line));
	return place;
}

json_t *report_places(const struct cli_executable *exe, const char *identity,
		      const struct report_output *output)
{
	const char *last = strrchr(identity, '/');
	char names[PROGRAM_MAX_EXPECT], *rest = names, *name;
	json_t *places = json_array();

	if (!last)
		return places;
	snprintf(names, sizeof(names), "%s", last + 1);
	while ((name = strsep(&rest, "+")))
		if (*name)
			json_array_append_new(places,
					      place_json(exe, name, output));
	return places;
}
