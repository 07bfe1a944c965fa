/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fetch_lines.h - source lines of the places that `vtb fetches` lists
 */
#ifndef CLI_FETCH_LINES_H
#define CLI_FETCH_LINES_H

#include <jansson.h>

/*
 * Gives each place of @sites (its "pc", and that of its "first") "file" and
 * "line" where the debug information of @exe has them; "pc" goes.
 */
void fetch_lines_add(const char *exe, json_t *sites);

#endif
