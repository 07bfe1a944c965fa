/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_cut.h - an IOMMU driver for the tests of VFIO
 */
#ifndef VFIO_CUT_H
#define VFIO_CUT_H

/* Registers the IOMMU; to be called once, before devices are added. */
int vfio_cut_begin(void);

/* Where the device with that requester-id gets to, or 0. */
unsigned long long vfio_cut_translate(unsigned int requester_id,
				      unsigned long long iova);
/* Domains that exist, besides those of the core. */
unsigned int vfio_cut_domains(void);

#endif
