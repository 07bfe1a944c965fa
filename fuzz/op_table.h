/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * op_table.h - op tables as JSON (private to fuzz/)
 *
 * `TARGET --info --json` prints the tables of a target. Whoever reads them back
 * has everything that programs are made from, and nothing that runs: no
 * functions, no world. AFL++'s mutator lives in another process and works so.
 */
#ifndef FUZZ_OP_TABLE_H
#define FUZZ_OP_TABLE_H

#include <jansson.h>

#include <fuzz/program.h>

/* A new reference. */
json_t *op_table_to_json(const struct world_type *type);

/*
 * Reads what `--info --json` has printed. -EINVAL if it is something else, or
 * if a table is not the one it was made from; @error says what. The tables are
 * freed by op_tables_free(), which accepts NULL.
 */
struct op_tables;
int op_tables_load(struct op_tables **tables, const char *path, char *error,
		   size_t error_size);
void op_tables_free(struct op_tables *tables);

/* NULL-terminated, as world_types[]. */
const struct world_type *const *
op_tables_types(const struct op_tables *tables);

#endif
