/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * location.h - where the functions of an identity are defined
 */
#ifndef CLI_LOCATION_H
#define CLI_LOCATION_H

#include <fuzz/program.h>

#include "cli.h"

struct location {
	char function[128];
	char file[CLI_PATH];	/* below the tree, or below the project */
	unsigned int line;	/* where the function begins */
};

/*
 * The first place of @identity ("ORACLE/OBJECT/PLACE[+PLACE]") that is a
 * function of the code under test in @exe. False if the places are ops, or if
 * the symbolizer does not know.
 */
bool location_of(const struct cli_executable *exe, const char *identity,
		 struct location *location);

/* The same for one function by its name. */
bool location_of_function(const struct cli_executable *exe, const char *name,
			  struct location *location);

#endif
