/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fake_world.c - the tables of fake_world.h
 */
#include "fake_world.h"

static const char *const actors[] = { "vmm", "device", NULL };
static const char *const modes[] = { "off", "read-only", "on", NULL };
static const char *const flags[] = { "dirty", "clear", "sync", NULL };
static const uint64_t lengths[] = { 8192, 4096, 1 };
static const uint64_t edges[] = { 0, 0xfff, 0x1000, ~0ull };

#define INT_ARG(n, w, lo, hi)						\
	{ .name = n, .type = OP_ARG_INT, .bytes = w, .first = lo, .last = hi }

/* What a real kernel has instead of containers and PASIDs. */
static const char standalone[] =
	"#include <fcntl.h>\n#include <unistd.h>\n"
	"static void begin(int argc, char **argv) { }\n"
	"static long vfio_open(void) { return dup2(open(\"/dev/null\", O_RDWR), 99); }\n"
	"static long pasid_alloc(uint64_t from, uint64_t min, uint64_t max)\n"
	"{ return lseek(from, 0, SEEK_CUR) < 0 ? -1 : (long)(min + max); }\n"
	"static long attach(uint64_t to, uint64_t pasid, uint64_t flags)\n"
	"{ return write(to, \"\", flags) < 0 ? -1 : (long)pasid; }\n"
	"static long close_it(uint64_t container) { return close(container); }\n";

static const struct op_arg config[] = {
	{ .name = "ram_pages", .type = OP_ARG_INT, .bytes = 2, .first = 8,
	  .last = 512, .border = (const uint64_t[]){ 32 }, .nr_border = 1 },
	{ .name = "page_size", .type = OP_ARG_LOG2, .bytes = 1, .first = 12,
	  .last = 16 },
	{ .name = "mode", .type = OP_ARG_ENUM, .bytes = 1, .names = modes },
};

static const struct op ops[] = {
	{ .name = "poke", .actor = 1, .abuse = true, .nr_args = 1,
	  .args = { INT_ARG("word", 4, 0, 0xffffffff) } },
	{ .name = "log_report", .actor = 0, .nr_args = 3,
	  .args = {
		{ .name = "iova", .type = OP_ARG_HEX, .bytes = 8, .first = 0,
		  .last = ~0ull, .border = edges, .nr_border = 4 },
		{ .name = "length", .type = OP_ARG_INT, .bytes = 4,
		  .first = 1, .last = 1 << 20, .border = lengths,
		  .nr_border = 3 },
		{ .name = "flags", .type = OP_ARG_FLAGS, .bytes = 1,
		  .names = flags },
	  } },
	{ .name = "set-mode", .actor = 0, .nr_args = 2,
	  .args = {
		{ .name = "mode", .type = OP_ARG_ENUM, .bytes = 2,
		  .names = modes },
		INT_ARG("only", 1, 7, 7),
	  } },
	{ .name = "dma_write", .actor = 1, .nr_args = 2,
	  .args = {
		{ .name = "iova", .type = OP_ARG_HEX, .bytes = 8,
		  .first = 0x1000, .last = ~0ull },
		{ .name = "order", .type = OP_ARG_LOG2, .bytes = 1,
		  .first = 0, .last = 63 },
	  } },
	{ .name = "kick", .actor = 1 },
	{ .name = "vfio_open", .actor = 0, .produces = "container",
	  .standalone = "vfio_open" },
	{ .name = "pasid_alloc", .actor = 0, .nr_args = 3,
	  .produces = "pasid", .standalone = "pasid_alloc",
	  .args = { OP_RESOURCE("from", "container", "where"),
		    INT_ARG("min", 2, 0, 1023), INT_ARG("max", 2, 0, 1023) } },
	{ .name = "attach", .actor = 0, .nr_args = 3, .standalone = "attach",
	  .args = { OP_RESOURCE("to", "container", "where"),
		    OP_RESOURCE("pasid", "pasid", "what"),
		    { .name = "flags", .type = OP_ARG_FLAGS, .bytes = 1,
		      .names = flags } } },
	{ .name = "pasid_free", .actor = 0, .nr_args = 1, .after = "pasid",
	  .args = { OP_CONSUMED("pasid", "pasid", "what") } },
	{ .name = "close", .actor = 0, .nr_args = 1, .standalone = "close_it",
	  .args = { OP_CONSUMED("container", "container", "what") } },
	{ .name = "steal", .actor = 1, .produces = "container" },
};

const struct world_type fake_world = {
	.name = "fake",
	.help = "a world of the codec's tests",
	.actors = actors,
	.process = (const uint8_t[]){ 0, 1 },
	.ops = ops,
	.nr_ops = sizeof(ops) / sizeof(ops[0]),
	.config = config,
	.nr_config = sizeof(config) / sizeof(config[0]),
	.nr_build_config = 1,
	.standalone = standalone,
};

const struct world_type other_world = {
	.name = "other",
	.help = "a second world, without configuration",
	.actors = actors,
	.ops = ops + 1,
	.nr_ops = 2,
};

const struct world_type *const fake_types[] = {
	&fake_world, &other_world, NULL
};
