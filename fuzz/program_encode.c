/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_encode.c - programs as canonical bytes; see program_bytes.c
 */
#include <string.h>

#include <fuzz/program.h>

struct writer {
	uint8_t *data;
	size_t size;
	size_t pos;		/* may run past size: then it did not fit */
};

static void put(struct writer *w, uint64_t value, unsigned int width)
{
	unsigned int i;

	for (i = 0; i < width; i++, w->pos++)
		if (w->pos < w->size)
			w->data[w->pos] = (uint8_t)(value >> (8 * i));
}

static void put_bytes(struct writer *w, const void *from, size_t n)
{
	if (w->pos <= w->size && n <= w->size - w->pos)
		memcpy(w->data + w->pos, from, n);
	w->pos += n;
}

static void put_string(struct writer *w, const char *text, unsigned int width)
{
	put(w, strlen(text), width);
	put_bytes(w, text, strlen(text));
}

/* Of the last type asked for: a pure function, kept because it is hot. */
static uint32_t table_hash(const struct world_type *type)
{
	static const struct world_type *last_type;
	static uint32_t last_hash;

	if (type != last_type) {
		last_hash = program_table_hash(type);
		last_type = type;
	}
	return last_hash;
}

static bool has_names(const struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		if (p->calls[i].name[0])
			return true;
	return false;
}

static void put_names(struct writer *w, const struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		if (p->calls[i].op->produces)
			put_string(w, p->calls[i].name, 1);
}

static void put_header(struct writer *w, const struct program *p, bool meta)
{
	unsigned int i;

	put_bytes(w, PROGRAM_MAGIC, 3);
	put(w, PROGRAM_VERSION, 1);
	put(w, program_world_hash(p->type->name), 4);
	put(w, table_hash(p->type), 4);
	put(w, (meta ? 1 : 0) | (p->abuse ? 2 : 0) |
	       (meta && has_names(p) ? 4 : 0) |
	       (meta && p->switches[0] ? 8 : 0) | (p->adversary ? 16 : 0) |
	       (p->memory ? 32 : 0) | (p->mutant[0] ? 64 : 0), 1);
	put(w, p->seed, 8);
	put(w, p->strategy, 1);
	put(w, p->preempt_den, 2);
	if (p->strategy == SIM_PCT) {
		put(w, p->depth, 1);
		put(w, p->steps, 4);
	}
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		put(w, p->fault_num[i], 2);
	if (p->adversary) {
		put(w, p->adversary, 1);
		put(w, p->adversary_num, 2);
	}
	if (meta) {
		put_string(w, p->expect, 1);
		put_string(w, p->implementation, 1);
		put_string(w, p->build, 1);
		put_string(w, p->comment, 2);
		put_string(w, p->expect_in, 2);
		if (p->switches[0])
			put_string(w, p->switches, 2);
	}
	if (p->memory)
		put(w, p->memory, 1);
	if (p->mutant[0])
		put_string(w, p->mutant, 1);
	for (i = 0; i < p->type->nr_config; i++)
		put(w, program_arg_to_raw(&p->type->config[i], p->config[i]),
		    p->type->config[i].bytes);
}

static void put_overrides(struct writer *w, const struct program *p)
{
	uint32_t i;

	put(w, p->nr_overrides, 2);
	for (i = 0; i < p->nr_overrides; i++) {
		put(w, p->overrides[i].key, 2);
		put(w, p->overrides[i].kind, 1);
		put(w, p->overrides[i].nth, 4);
		put(w, p->overrides[i].value, 4);
	}
}

static void put_calls(struct writer *w, const struct program *p)
{
	uint32_t i;
	unsigned int n;

	put(w, p->nr_calls, 1);
	for (i = 0; i < p->nr_calls; i++) {
		const struct op_call *call = &p->calls[i];

		put(w, (uint64_t)(call->op - p->type->ops), 1);
		put(w, call->key, 2);
		for (n = 0; n < call->op->nr_args; n++)
			put(w, program_arg_to_raw(&call->op->args[n],
						  call->args[n]),
			    call->op->args[n].bytes);
	}
}

size_t program_encode(const struct program *program, bool with_meta,
		      uint8_t *data, size_t size)
{
	struct writer w = { .data = data, .size = size };

	put_header(&w, program, with_meta);
	put_overrides(&w, program);
	put(&w, program->nr_bytes, 2);
	put_bytes(&w, program->bytes, program->nr_bytes);
	put_calls(&w, program);
	if (with_meta && has_names(program))
		put_names(&w, program);
	return w.pos <= size ? w.pos : 0;
}
