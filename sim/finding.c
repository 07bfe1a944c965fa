/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * finding.c - the end of a run that found something
 *
 * A finding stops the fiber that raised it in the middle of whatever it did;
 * locks stay taken, lists half linked. So the world is dead from then on: it
 * can be looked at, restored or freed, not continued.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

/* Leaves zeroes behind the text: the finding is hashed with the world. */
static void copy_text(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	memset(to + len, 0, size - len);
}

static void keep(struct sim *sim, const struct sim_finding *from)
{
	struct sim_finding *to = &sim->finding;

	to->severity = from->severity;
	to->despite_change = from->despite_change;
	copy_text(to->oracle, from->oracle, sizeof(to->oracle));
	copy_text(to->object, from->object, sizeof(to->object));
	copy_text(to->place[0], from->place[0], sizeof(to->place[0]));
	copy_text(to->place[1], from->place[1], sizeof(to->place[1]));
	to->pc[0] = from->pc[0];
	to->pc[1] = from->pc[1];
	copy_text(to->what, from->what, sizeof(to->what));
	copy_text(to->why, from->why, sizeof(to->why));
	to->step = sim->steps;
	to->time_ns = sim->now_ns;
	to->op = sim__op(sim->who);
	to->actor = sim__actor(sim->who);
	sim->has_finding = true;
}

/* Devices and peers that lie can make anybody wait for ever; processes not. */
static bool holds_despite_change(const struct sim *sim,
				 const struct sim_finding *finding)
{
	const struct sim_change *change = sim_change_made(sim);

	if (!change)
		return true;
	return finding->despite_change &&
	       (finding->severity != VTB_EXIT_LIVENESS ||
		change->power == SIM_POWER_USER);
}

void (*sim_finding_hook)(const struct sim_finding *finding);

/* @finding as it is to be reported: what it is put down to, or nothing. */
static struct sim_finding judged(const struct sim *sim,
				 const struct sim_finding *finding)
{
	const struct sim_change *change = sim_change_to_blame(sim);
	struct sim_finding result = *finding;

	if (finding->severity == VTB_EXIT_BENCH)
		return result;
	if (!holds_despite_change(sim, finding))
		result.severity = VTB_EXIT_CLEAN;
	else if (change)
		sim_finding_blame(&result, change);
	return result;
}

void sim_finding_raise(struct sim *sim, const struct sim_finding *finding)
{
	struct sim_finding result;

	if (!sim->has_finding) {
		result = judged(sim, finding);
		keep(sim, &result);
		if (sim_finding_hook && result.severity)
			sim_finding_hook(&sim->finding);
	}
	sim->dead = true;
	/* A callback returns to the run loop, which then stops. */
	sim->host.step_limit = 0;
	if (sim->current)
		sim__abandon(sim);
}

const struct sim_finding *sim_finding_get(const struct sim *sim)
{
	return sim->has_finding ? &sim->finding : NULL;
}

/* Not a separator of identities or of lists of them. */
static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && !strchr("/+,", c);
}

/* Appends a word to the identity, which has @used characters so far. */
static size_t append(char *buf, size_t size, size_t used, char separator,
		     const char *word)
{
	if (used && used + 1 < size)
		buf[used++] = separator;
	for (; *word && used + 1 < size; word++)
		buf[used++] = is_plain(*word) ? *word : '-';
	return used;
}

void sim_finding_identity(const struct sim_finding *finding, char *buf,
			  size_t size)
{
	char separator = '/';
	size_t used;
	int i;

	if (!size)
		return;
	used = append(buf, size, 0, 0, finding->oracle);
	used = append(buf, size, used, '/', finding->object);
	for (i = 0; i < 2; i++) {
		if (!finding->place[i][0])
			continue;
		used = append(buf, size, used, separator, finding->place[i]);
		separator = '+';
	}
	buf[used] = '\0';
}

void (*sim_bench_error_hook)(const char *text);

void sim_bench_error(const char *file, int line, const char *format, ...)
{
	char text[SIM_FINDING_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "vtb: bench error: %s:%d: %s\n", file, line, text);
	fflush(NULL);
	if (sim_bench_error_hook)
		sim_bench_error_hook(text);
	/* Not exit(): its handlers would run on a fiber's stack. */
	_exit(VTB_EXIT_BENCH);
}
