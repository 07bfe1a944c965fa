/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_bytes.c - the byte format
 *
 * Little endian, version 1:
 *
 *	"VTB" version:u8
 *	world:u32 table:u32		hashes of the world's name, its tables
 *	flags:u8			META, ABUSE, NAMES, SWITCHES, ADVERSARY,
 *					MEMORY, MUTANT
 *	seed:u64 strategy:u8 preempt_den:u16
 *	[strategy pct: depth:u8 steps:u32]
 *	fault_num:u16 each for alloc, pin, ucopy, io
 *	[ADVERSARY: powers:u8 num:u16]
 *	[META: n:u8 expect, n:u8 implementation, n:u8 build, n:u16 comment,
 *	       n:u16 expectations of single implementations]
 *	[SWITCHES: n:u16 lines as they are in the text form]
 *	[MEMORY: memory:u8]
 *	[MUTANT: n:u8 name of the site that is ignored]
 *	configuration values, each by the width of its row
 *	n:u16 overrides: key:u16 kind:u8 nth:u32 value:u32
 *	n:u16 schedule bytes
 *	n:u8 ops: opcode:u8 key:u16, arguments by width
 *	[NAMES: n:u8 name of the resource, for each op that makes one]
 *
 * A value is stored as its distance from the first of its row. One decoder
 * serves fuzzers and files: what a file must not have (a number out of range,
 * a missing or an extra byte) is an error in strict mode and is reduced,
 * padded or ignored otherwise. Every later version must keep reading this one.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <fuzz/program.h>

#define HEADER_META	1u
#define HEADER_ABUSE	2u
#define HEADER_NAMES	4u	/* only with META */
#define HEADER_SWITCHES	8u	/* the same */
#define HEADER_ADVERSARY	16u
#define HEADER_MEMORY	32u
#define HEADER_MUTANT	64u
#define HEADER_FLAGS	128u	/* what they are below */

struct reader {
	const uint8_t *data;
	size_t size;
	size_t pos;
	bool strict;
	bool failed;		/* strict only: @error is set */
	bool names;		/* the header said NAMES */
	const char *name;
	char *error;
	size_t error_size;
};

static void __attribute__((format(printf, 3, 4)))
fail(struct reader *r, size_t pos, const char *format, ...)
{
	va_list args;
	int n;

	if (!r->strict || r->failed)
		return;
	r->failed = true;
	n = snprintf(r->error, r->error_size, "%s: offset %zu: ", r->name, pos);
	if (n < 0 || (size_t)n >= r->error_size)
		return;
	va_start(args, format);
	vsnprintf(r->error + n, r->error_size - (size_t)n, format, args);
	va_end(args);
}

static size_t left(const struct reader *r)
{
	return r->size - r->pos;
}

/* The next number; bytes past the end are 0. */
static uint64_t take(struct reader *r, unsigned int width, const char *what)
{
	uint64_t value = 0;
	unsigned int i;

	if (left(r) < width)
		fail(r, r->size, "truncated: expected %s (%u bytes)", what,
		     width);
	for (i = 0; i < width && r->pos < r->size; i++)
		value |= (uint64_t)r->data[r->pos++] << (8 * i);
	return value;
}

/* The next number, below @n. */
static uint64_t take_below(struct reader *r, unsigned int width, uint64_t n,
			   const char *what)
{
	size_t pos = r->pos;
	uint64_t value = take(r, width, what);

	if (value < n)
		return value;
	fail(r, pos, "%s is %llu, expected less than %llu", what,
	     (unsigned long long)value, (unsigned long long)n);
	return value % n;
}

/* Strings are printable, or the text form could not hold them. */
static void take_string(struct reader *r, unsigned int width, char *text,
			size_t size, const char *what, bool lines)
{
	size_t pos = r->pos, i;
	size_t n = take_below(r, width, size, what);

	if (left(r) < n) {
		fail(r, r->size, "truncated: expected %s (%zu bytes)", what, n);
		n = left(r);
	}
	for (i = 0; i < n; i++) {
		char c = (char)r->data[r->pos + i];

		if (!isprint((unsigned char)c) &&
		    !(lines && (c == '\n' || c == '\t' ||
				(uint8_t)c >= 0x80)))
			fail(r, pos, "%s: expected printable text", what);
		if (!lines && c == ' ')
			fail(r, pos, "%s: expected one word", what);
		text[i] = c;
	}
	text[n] = '\0';
	r->pos += n;
}

/* Comments are whole lines that begin with '#'. */
static void check_comment(struct reader *r, const char *comment)
{
	const char *line = comment;

	while (*line) {
		const char *end = strchr(line, '\n');

		if (*line != '#' || !end) {
			fail(r, r->pos, "comment: expected lines of '# text'");
			return;
		}
		line = end + 1;
	}
}

/* Lines of two words. */
static void check_expectations(struct reader *r, const char *text)
{
	const char *line = text;

	while (*line) {
		size_t first = strcspn(line, " \n\t");
		const char *second = line + first + (line[first] == ' ');
		size_t length = strcspn(second, " \n\t");

		if (!first || first >= PROGRAM_MAX_WORD || !length ||
		    length >= PROGRAM_MAX_EXPECT || second[length] != '\n') {
			fail(r, r->pos,
			     "expectations: expected lines of 'IMPLEMENTATION IDENTITY'");
			return;
		}
		line = second + length + 1;
	}
}

/* For fuzzers meta data is but passed over: it must not steer a run. */
static void take_meta(struct reader *r, struct program *p)
{
	take_string(r, 1, p->expect, sizeof(p->expect), "expectation", false);
	take_string(r, 1, p->implementation, sizeof(p->implementation),
		    "implementation", false);
	take_string(r, 1, p->build, sizeof(p->build), "build", false);
	if (!p->implementation[0] && p->build[0])
		fail(r, r->pos, "a build without an implementation");
	take_string(r, 2, p->comment, sizeof(p->comment), "comment", true);
	take_string(r, 2, p->expect_in, sizeof(p->expect_in), "expectations",
		    true);
	check_comment(r, p->comment);
	check_expectations(r, p->expect_in);
	if (!r->strict)
		p->expect[0] = p->implementation[0] = p->build[0] =
			p->comment[0] = p->expect_in[0] = '\0';
}

static void take_switches(struct reader *r, struct program *p)
{
	take_string(r, 2, p->switches, sizeof(p->switches), "switches", true);
	if (!program_switches_valid(p->switches))
		fail(r, r->pos, "switches: expected lines of 'switch to ...'");
	if (!r->strict)
		p->switches[0] = '\0';
}

static uint64_t take_arg(struct reader *r, const struct op_arg *row)
{
	uint64_t span = program_arg_span(row);
	size_t pos = r->pos;
	uint64_t raw = take(r, row->bytes, row->name);

	if (raw > span)
		fail(r, pos, "%s is %llu, expected at most %llu", row->name,
		     (unsigned long long)raw, (unsigned long long)span);
	return program_arg_from_raw(row, raw);
}

static void take_mutant(struct reader *r, struct program *p)
{
	take_string(r, 1, p->mutant, sizeof(p->mutant), "mutant", false);
	if (program_is_mutant(p->mutant))
		return;
	fail(r, r->pos, "mutant: expected FUNCTION:KIND:NUMBER");
	p->mutant[0] = '\0';
}

static void take_header(struct reader *r, struct program *p)
{
	unsigned int flags, i;

	flags = (unsigned int)take_below(r, 1, HEADER_FLAGS, "flags");
	p->abuse = flags & HEADER_ABUSE;
	r->names = flags & HEADER_NAMES;
	p->seed = take(r, 8, "seed");
	p->strategy = (enum sim_strategy)take_below(r, 1, SIM_STRATEGIES,
						    "strategy");
	p->preempt_den = (uint32_t)take(r, 2, "preempt_den");
	if (p->strategy == SIM_PCT) {
		p->depth = (uint32_t)take(r, 1, "depth");
		p->steps = (uint32_t)take(r, 4, "steps");
	}
	for (i = 0; i < PROGRAM_NR_FAULTS; i++)
		p->fault_num[i] = (uint32_t)take(r, 2, "fault chance");
	if (flags & HEADER_ADVERSARY) {
		p->adversary = (uint32_t)take_below(r, 1,
						    PROGRAM_MAX_POWERS + 1,
						    "powers");
		p->adversary_num = (uint32_t)take(r, 2, "chance of a change");
	}
	if (flags & HEADER_META)
		take_meta(r, p);
	if (flags & HEADER_SWITCHES)
		take_switches(r, p);
	if (flags & HEADER_MEMORY)
		p->memory = (enum sim_memory_model)
			take_below(r, 1, SIM_MEMORY_MODELS, "memory");
	if (flags & HEADER_MUTANT)
		take_mutant(r, p);
	for (i = 0; i < p->type->nr_config; i++)
		p->config[i] = take_arg(r, &p->type->config[i]);
}

static void take_overrides(struct reader *r, struct program *p)
{
	size_t n = take_below(r, 2, PROGRAM_MAX_OVERRIDES + 1, "overrides");

	while (p->nr_overrides < n && !r->failed && left(r)) {
		struct program_override *o = &p->overrides[p->nr_overrides++];

		o->key = (uint32_t)take(r, 2, "op of an override");
		o->kind = (uint32_t)take_below(r, 1, SIM_DECISION_KINDS,
					       "kind of an override");
		o->nth = (uint32_t)take(r, 4, "nth of an override");
		o->value = (uint32_t)take(r, 4, "value of an override");
	}
	if (p->nr_overrides < n)
		fail(r, r->size, "truncated: expected %zu overrides, have %u",
		     n, p->nr_overrides);
}

static void take_schedule(struct reader *r, struct program *p)
{
	size_t n = take_below(r, 2, PROGRAM_MAX_BYTES + 1, "schedule length");

	if (left(r) < n) {
		fail(r, r->size, "truncated: expected %zu schedule bytes", n);
		n = left(r);
	}
	memcpy(p->bytes, r->data + r->pos, n);
	p->nr_bytes = (uint32_t)n;
	r->pos += n;
}

/* Ops out of the profile become the next one that is in it. */
static const struct op *profile_op(const struct program *p, uint64_t opcode)
{
	while (p->type->ops[opcode].abuse && !p->abuse)
		opcode = (opcode + 1) % p->type->nr_ops;
	return &p->type->ops[opcode];
}

static void take_calls(struct reader *r, struct program *p, size_t n)
{
	unsigned int i;

	while (p->nr_calls < n && !r->failed && left(r)) {
		struct op_call *call = &p->calls[p->nr_calls++];
		size_t pos = r->pos;
		uint64_t opcode = take_below(r, 1, p->type->nr_ops, "opcode");

		call->op = profile_op(p, opcode);
		if (call->op != &p->type->ops[opcode])
			fail(r, pos, "op %s is not in profile contract",
			     p->type->ops[opcode].name);
		call->key = (uint32_t)take(r, 2, "key of an op");
		call->name[0] = '\0';
		for (i = 0; i < call->op->nr_args; i++)
			call->args[i] = take_arg(r, &call->op->args[i]);
	}
	if (p->nr_calls < n)
		fail(r, r->size, "truncated: expected %zu ops, have %u", n,
		     p->nr_calls);
}

/* Like meta data, names are nothing to a fuzzer. */
static void take_names(struct reader *r, struct program *p)
{
	uint32_t i;

	for (i = 0; i < p->nr_calls && r->strict && !r->failed; i++)
		if (p->calls[i].op->produces)
			take_string(r, 1, p->calls[i].name, OP_MAX_NAME,
				    "name of a resource", false);
}

static void take_body(struct reader *r, struct program *p)
{
	take_header(r, p);
	take_overrides(r, p);
	take_schedule(r, p);
	take_calls(r, p, take(r, 1, "number of ops"));
	if (r->names)
		take_names(r, p);
}

static bool has_magic(const uint8_t *data, size_t size)
{
	return size >= 4 && !memcmp(data, PROGRAM_MAGIC, 3);
}

static const struct world_type *
type_by_hash(const struct world_type *const *types, uint32_t hash)
{
	for (; *types; types++)
		if (program_world_hash((*types)->name) == hash)
			return *types;
	return NULL;
}

/*
 * An override of an op that is not there goes to one that is: mutations of
 * a key should not lose it.
 */
static void adopt_overrides(struct program *p)
{
	uint32_t i, key;

	for (i = 0; i < p->nr_overrides; i++) {
		key = p->overrides[i].key;
		if (program_slot(p, key) >= 0)
			continue;
		key %= p->nr_calls + 1;
		p->overrides[i].key = key ? p->calls[key - 1].key : 0;
	}
}

void program_decode(struct program *program,
		    const struct world_type *const *types,
		    const uint8_t *data, size_t size)
{
	struct reader r = { .data = data, .size = size };
	const struct world_type *type = NULL;

	if (has_magic(data, size)) {
		r.pos = 4;
		type = type_by_hash(types, (uint32_t)take(&r, 4, "world"));
		take(&r, 4, "table");
		program_init(program, type ? type : types[0]);
		take_body(&r, program);
	} else {
		program_init(program, types[0]);
		take_calls(&r, program, PROGRAM_MAX_CALLS);
	}
	/* Keys first: overrides refer to them. */
	if (program->nr_overrides) {
		uint32_t kept = program->nr_overrides;

		program->nr_overrides = 0;
		program_normalise(program);
		program->nr_overrides = kept;
		adopt_overrides(program);
	}
	program_normalise(program);
}

/* Checks what identifies the format; on success the world's type. */
static const struct world_type *
strict_prologue(struct reader *r, const struct world_type *const *types)
{
	const struct world_type *type;
	uint32_t hash, table;

	if (r->size > PROGRAM_MAX_FILE)
		fail(r, PROGRAM_MAX_FILE, "oversized: expected at most %u bytes",
		     PROGRAM_MAX_FILE);
	else if (r->size < 4 && !memcmp(r->data, PROGRAM_MAGIC,
					r->size < 3 ? r->size : 3))
		fail(r, r->size, "truncated: expected the magic \"VTB\" and a version");
	else if (!has_magic(r->data, r->size))
		fail(r, 0, "not a vtb program: expected the magic \"VTB\"");
	else if (r->data[3] != PROGRAM_VERSION)
		fail(r, 3, "unknown format version %u, expected %u",
		     r->data[3], PROGRAM_VERSION);
	if (r->failed)
		return NULL;

	r->pos = 4;
	hash = (uint32_t)take(r, 4, "world");
	table = (uint32_t)take(r, 4, "op table");
	type = type_by_hash(types, hash);
	if (!type)
		fail(r, 4, "foreign program: made for a world with hash %08x, expected %s (%08x)",
		     hash, types[0]->name, program_world_hash(types[0]->name));
	else if (table != program_table_hash(type))
		fail(r, 8, "made for another op table of world %s (%08x, "
		     "expected %08x): only its text form can be read",
		     type->name, table, program_table_hash(type));
	return r->failed ? NULL : type;
}

/* The one encoding of a program is the only one that files may have. */
static void check_canonical(struct reader *r, const struct program *p)
{
	static uint8_t again[PROGRAM_MAX_FILE];
	size_t n = program_encode(p, r->data[12] & HEADER_META, again,
				  sizeof(again));
	size_t i = 0;

	while (i < n && i < r->size && again[i] == r->data[i])
		i++;
	if (i < n || i < r->size)
		fail(r, i, "not in canonical order: expected sorted "
		     "overrides of existing ops, unique keys and names, "
		     "and resources that were made before");
}

int program_decode_strict(struct program *program,
			  const struct world_type *const *types,
			  const char *name, const uint8_t *data, size_t size,
			  char *error, size_t error_size)
{
	struct reader r = {
		.data = data, .size = size, .strict = true, .name = name,
		.error = error, .error_size = error_size,
	};
	const struct world_type *type = strict_prologue(&r, types);

	if (!type)
		return -EINVAL;
	program_init(program, type);
	take_body(&r, program);
	if (left(&r))
		fail(&r, r.pos, "%zu extra bytes, expected the end of the file",
		     left(&r));
	if (!r.failed) {
		program_normalise(program);
		check_canonical(&r, program);
	}
	return r.failed ? -EINVAL : 0;
}
