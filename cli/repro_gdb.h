/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repro_gdb.h - a program in gdb, stopped where its finding is raised
 */
#ifndef CLI_REPRO_GDB_H
#define CLI_REPRO_GDB_H

#include "outcome.h"

struct repro_gdb {
	const char *exe;
	const char *file;
	bool batch;			/* end after the commands */
	const char *commands;		/* file of them; NULL: backtrace */
};

/* An exit code: that of the finding, or of what went wrong with gdb. */
int repro_gdb(const struct repro_gdb *gdb, const struct cli_outcome *outcome);

#endif
