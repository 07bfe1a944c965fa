/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * engine.c - what engines share; see engine.h
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine.h"

const struct engine *const engines[] = {
	&engine_libfuzzer, &engine_afl, NULL
};

const struct engine *engine_by_name(const char *name)
{
	const struct engine *const *engine;

	for (engine = engines; *engine; engine++)
		if (!strcmp((*engine)->name, name))
			return *engine;
	return NULL;
}

bool engine_executable(const struct engine *engine,
		       const struct cli_executable *exe, char path[CLI_PATH])
{
	if (engine->preset)
		cli_path(path, "%s/build/%s/bin/%s.%s", cli_root(),
			 engine->preset, exe->target, exe->implementation);
	else
		cli_path(path, "%s", exe->path);
	return access(path, X_OK) == 0;
}

void engine_add(struct engine_command *c, const char *arg)
{
	sim_assert(c->nr_args + 1 < ENGINE_MAX_ARGS);
	c->argv[c->nr_args++] = arg;
}

static const char *keep(struct engine_command *c, const char *format,
			va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		sim_bench_error(__FILE__, __LINE__, "out of memory");
	c->text[c->nr_text++] = text;
	return text;
}

void engine_add_text(struct engine_command *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	engine_add(c, keep(c, format, args));
	va_end(args);
}

void engine_set(struct engine_command *c, const char *format, ...)
{
	va_list args;

	sim_assert(c->nr_env + 1 < ENGINE_MAX_ARGS);
	va_start(args, format);
	c->env[c->nr_env++] = keep(c, format, args);
	va_end(args);
}

void engine_command_free(struct engine_command *c)
{
	while (c->nr_text)
		free(c->text[--c->nr_text]);
	memset(c, 0, sizeof(*c));
}

uint64_t engine_number_after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}
