/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store_cut.h - kernel-side code for the tests of lib/xarray.c and ioasid.c
 */
#ifndef STORE_CUT_H
#define STORE_CUT_H

/* -- xarray_cut.c -- */

void xarray_cut_store(void);
void xarray_cut_walk(void);
void xarray_cut_marks(void);
void xarray_cut_limits(void);
void xarray_cut_reference(void);
void xarray_cut_no_memory(void);
/* In each of two instances: nobody else's entries are there. */
void xarray_cut_fill(long value);
void xarray_cut_check_fill(long value);
/* r, looks at an entry of a node before and after 100 us, R. */
void xarray_cut_node_reader(long locked);
/* 10 us later: e, erases all, E. */
void xarray_cut_node_eraser(void);
/* Any schedule: readers of objects that are erased and freed by RCU. */
void xarray_cut_object_reader(long locked);
void xarray_cut_object_updater(void);
/* Hands out ids; wrong if one is handed out twice. */
void xarray_cut_alloc_ids(long nr);
void xarray_cut_check_ids(long nr);

/* -- ioasid_cut.c -- */

void ioasid_cut_alloc(void);
void ioasid_cut_find(void);
void ioasid_cut_limits(void);
void ioasid_cut_custom(void);
void ioasid_cut_no_memory(void);
void ioasid_cut_fill(long base);
void ioasid_cut_check_fill(long base);
/* Any schedule: finds one and allocates and frees the other. */
void ioasid_cut_finder(void);
void ioasid_cut_churn(void);

#endif
