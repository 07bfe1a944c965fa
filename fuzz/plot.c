/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * plot.c - figures of a run, and a small picture of them
 *
 * The picture is plain SVG without scripts or fonts of its own: panels one below
 * the other, time to the right, a line for each series. Coordinates are tenths
 * of a unit and integers, so the file is the same everywhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "session.h"

#define WIDTH		760
#define PANEL		220		/* height of one, with its title */
#define LEFT		90
#define RIGHT		20
#define TOP		40		/* above the first panel */
#define ABOVE		34		/* within a panel: title and legend */
#define BELOW		36		/* within a panel: the axis of time */
#define LINES		4		/* across a panel */

/* -- collecting ----------------------------------------------------------- */

static void on_figure(void *arg, const char *name, const char *unit,
		      uint64_t value)
{
	struct figures *figures = arg;
	struct figure *figure = &figures->list[figures->nr];

	if (figures->nr == FIGURES_MAX)
		return;
	snprintf(figure->name, sizeof(figure->name), "%s", name);
	snprintf(figure->unit, sizeof(figure->unit), "%s", unit);
	figure->value = value;
	figures->nr++;
}

static void on_series(void *arg, const struct world_series *series)
{
	struct figures *figures = arg;
	unsigned int nr = figures->nr_series;

	if (nr == FIGURES_MAX_SERIES)
		return;
	figures->series[nr] = *series;
	snprintf(figures->names[nr], sizeof(figures->names[nr]), "%s",
		 series->name);
	figures->series[nr].name = figures->names[nr];
	figures->nr_series++;
}

struct world_reporter figures_reporter(struct figures *figures)
{
	return (struct world_reporter){
		.figure = on_figure, .series = on_series, .arg = figures,
	};
}

void figures_print(const struct figures *figures, FILE *out)
{
	unsigned int i;

	if (figures->nr)
		fprintf(out, "vtb: figures, in virtual time\n");
	for (i = 0; i < figures->nr; i++)
		fprintf(out, "  %-44s %12" PRIu64 " %s\n",
			figures->list[i].name, figures->list[i].value,
			figures->list[i].unit);
}

json_t *figures_json(const struct figures *figures)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < figures->nr; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}",
			"name", figures->list[i].name,
			"unit", figures->list[i].unit,
			"value", (json_int_t)figures->list[i].value));
	return list;
}

/* -- drawing -------------------------------------------------------------- */

struct panel {
	const char *unit;
	unsigned int top;
	uint64_t most;			/* at its upper edge */
	uint64_t end_ns;		/* at its right edge */
};

static const char *const colours[] = {
	"#1b6ca8", "#c8553d", "#2e8b57", "#8b5fbf", "#b8860b", "#555555",
};

/* The next of 1, 2, 5 times a power of ten. */
static uint64_t round_up(uint64_t value)
{
	uint64_t step = 1;

	while (step <= value / 10)
		step *= 10;
	if (value <= step)
		return step;
	if (value <= 2 * step)
		return 2 * step;
	return value <= 5 * step ? 5 * step : 10 * step;
}

static void measure(const struct figures *figures, struct panel *panel)
{
	unsigned int i, n;

	panel->most = 1;
	panel->end_ns = 1;
	for (i = 0; i < figures->nr_series; i++) {
		const struct world_series *series = &figures->series[i];
		uint64_t end_ns = world_series_nr(series) * series->bin_ns;

		if (end_ns > panel->end_ns)
			panel->end_ns = end_ns;
		if (strcmp(series->unit, panel->unit))
			continue;
		for (n = 0; n < world_series_nr(series); n++)
			if (world_series_value(series, n) > panel->most)
				panel->most = world_series_value(series, n);
	}
	panel->most = round_up(panel->most);
}

static unsigned int height(void)
{
	return PANEL - ABOVE - BELOW;
}

/* In tenths. */
static unsigned int x_of(const struct panel *panel, uint64_t time_ns)
{
	return LEFT * 10 + (unsigned int)((unsigned __int128)time_ns *
		((WIDTH - LEFT - RIGHT) * 10) / panel->end_ns);
}

static unsigned int y_of(const struct panel *panel, uint64_t value)
{
	return (panel->top + ABOVE + height()) * 10 -
	       (unsigned int)((unsigned __int128)value * (height() * 10) /
			      panel->most);
}

static void draw_text(FILE *out, unsigned int x, unsigned int y,
		      const char *anchor, const char *text)
{
	const char *at;

	fprintf(out, "<text x=\"%u\" y=\"%u\" text-anchor=\"%s\">", x, y,
		anchor);
	for (at = text; *at; at++) {
		if (*at == '<')
			fputs("&lt;", out);
		else if (*at == '&')
			fputs("&amp;", out);
		else
			fputc(*at, out);
	}
	fputs("</text>\n", out);
}

static void draw_axes(FILE *out, const struct panel *panel)
{
	unsigned int i, y, x, bottom = panel->top + ABOVE + height();
	char text[64];

	for (i = 0; i <= LINES; i++) {
		y = bottom - height() * i / LINES;
		fprintf(out, "<path d=\"M%u %uH%u\" stroke=\"#ddd\"/>\n", LEFT,
			y, WIDTH - RIGHT);
		snprintf(text, sizeof(text), "%" PRIu64,
			 panel->most * i / LINES);
		draw_text(out, LEFT - 6, y + 4, "end", text);
	}
	for (i = 0; i <= LINES; i++) {
		x = LEFT + (WIDTH - LEFT - RIGHT) * i / LINES;
		snprintf(text, sizeof(text), "%" PRIu64 ".%03" PRIu64 " ms",
			 panel->end_ns * i / LINES / 1000000,
			 panel->end_ns * i / LINES / 1000 % 1000);
		draw_text(out, x, bottom + 18, i == LINES ? "end" : "middle",
			  text);
	}
}

static void draw_series(FILE *out, const struct panel *panel,
			const struct world_series *series, const char *colour)
{
	unsigned int n, x, y;

	fprintf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"",
		colour);
	for (n = 0; n < world_series_nr(series); n++) {
		x = x_of(panel, n * series->bin_ns + series->bin_ns / 2);
		y = y_of(panel, world_series_value(series, n));
		fprintf(out, "%c%u.%u %u.%u", n ? 'L' : 'M', x / 10, x % 10,
			y / 10, y % 10);
	}
	fputs("\"/>\n", out);
}

static void draw_panel(FILE *out, const struct figures *figures,
		       struct panel *panel)
{
	unsigned int i, drawn = 0, x = LEFT;
	const char *colour;

	measure(figures, panel);
	draw_axes(out, panel);
	draw_text(out, LEFT - 6, panel->top + 20, "end", panel->unit);
	for (i = 0; i < figures->nr_series; i++) {
		if (strcmp(figures->series[i].unit, panel->unit))
			continue;
		colour = colours[drawn++ % (sizeof(colours) /
					    sizeof(colours[0]))];
		draw_series(out, panel, &figures->series[i], colour);
		fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"10\" height=\"10\" "
			"fill=\"%s\"/>\n", x, panel->top + 11, colour);
		draw_text(out, x + 14, panel->top + 20, "start",
			  figures->series[i].name);
		x += 30 + 7 * (unsigned int)strlen(figures->series[i].name);
	}
}

/* The first series of its unit? */
static bool is_first(const struct figures *figures, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(figures->series[i].unit, figures->series[n].unit))
			return false;
	return true;
}

static void draw(FILE *out, const struct figures *figures, const char *title)
{
	unsigned int panels = 0, i;
	struct panel panel;

	for (i = 0; i < figures->nr_series; i++)
		panels += is_first(figures, i);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" "
		"height=\"%u\" font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		WIDTH, TOP + PANEL * panels);
	draw_text(out, LEFT, 24, "start", title);
	panels = 0;
	for (i = 0; i < figures->nr_series; i++) {
		if (!is_first(figures, i))
			continue;
		panel = (struct panel){
			.unit = figures->series[i].unit,
			.top = TOP + PANEL * panels++,
		};
		draw_panel(out, figures, &panel);
	}
	fputs("</svg>\n", out);
}

int plot_write(const struct figures *figures, const char *title,
	       const char *path)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	int rc;

	if (!figures->nr_series)
		return -ENODATA;
	out = open_memstream(&text, &size);
	if (!out)
		return -errno;
	draw(out, figures, title);
	rc = fclose(out) ? -errno :
	     report_write_file(path, (const uint8_t *)text, size);
	free(text);
	return rc;
}
