/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pasid_cut.h - kernel-side code for the tests of components/iommu/pasid.c
 */
#ifndef PASID_CUT_H
#define PASID_CUT_H

void pasid_cut_ranges(void);
void pasid_cut_quota(void);
void pasid_cut_owners(void);
void pasid_cut_held(void);
void pasid_cut_free_all(void);
/* Each step may lack memory: nothing stays of what failed. */
void pasid_cut_no_memory(void);
/* Any schedule: allocates, holds, frees; wrong if two have one number. */
void pasid_cut_churn(long rounds);
/* After that: nothing is left. */
void pasid_cut_check_empty(void);

#endif
