/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parts.h - worlds that are made of other worlds
 *
 * A part is a world of a type of its own: machines, actors, ops, oracles and
 * figures, as it is when it stands alone. Parts of one whole have one clock, one
 * schedule, one trace and one program; what they touch of each other beyond that
 * is whatever the whole plugs together.
 *
 *	static const struct world_part parts[] = {
 *		{ .name = "net", .type = &network_type },
 *		{ .name = "vm", .type = &guest_type, .open = { "powers" } },
 *	};
 *
 *	actors    net_first net_second net_net vm_user ...
 *	ops       net_open net_close ... vm_open ...
 *
 * Ops and configuration are called <part>_<name>; findings of a part have the
 * places that they have where it stands alone.
 */
#ifndef WORLDS_PARTS_H
#define WORLDS_PARTS_H

#include <worlds/figures.h>
#include <worlds/op.h>

#define WORLD_MAX_PARTS		8
#define WORLD_PARTS_OPS		256	/* what the byte format can number */
#define WORLD_PARTS_ACTORS	40
#define WORLD_PARTS_CONFIG	12	/* as many as a program has */
#define WORLD_PART_CONFIG	16	/* values of one part */

/*
 * @open:	values of its configuration that programs set; the others are what
 *		their rows have as default
 * @preset:	one that is @preset_to instead, or NULL
 * @silent:	one of its actors, whose ops are left out, or NULL
 */
struct world_part {
	const char *name;
	const struct world_type *type;
	const char *open[WORLD_PART_CONFIG];
	const char *preset;
	uint64_t preset_to;
	const char *silent;
};

/*
 * The tables of a type with parts: one for each such type, filled by
 * world_parts_type() before main() and not written again.
 */
struct world_parts {
	struct world_type type;
	const struct world_part *parts;
	unsigned int nr_parts;
	struct op ops[WORLD_PARTS_OPS];
	struct op_arg config[WORLD_PARTS_CONFIG];
	struct {
		unsigned int part, value;
	} config_of[WORLD_PARTS_CONFIG];
	const char *actors[WORLD_PARTS_ACTORS + 1];
	uint8_t process[WORLD_PARTS_ACTORS];
	unsigned int first[WORLD_MAX_PARTS];	/* actor of each part */
	char names[8192];
	size_t names_used;
};

/*
 * Fills @parts->type: name, help and step budget come with it, and all the rest
 * from @list, which must stay. Too many of anything is a bench error, and so
 * is a name that the part does not have.
 */
void world_parts_type(struct world_parts *parts, const struct world_part *list,
		      unsigned int nr);

/* First member of a world with parts. */
struct world_whole {
	struct world world;
	struct world *part[WORLD_MAX_PARTS];
};

/* For .build: all parts, one after the other. @bytes: of the whole struct. */
struct world *world_parts_build(const struct world_parts *parts,
				struct sim *sim, const uint64_t *config,
				size_t bytes);

#endif
