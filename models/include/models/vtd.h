/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtd.h - numbers of Intel VT-d: registers, tables, descriptors
 *
 * Plain numbers, taken from "Intel Virtualization Technology for Directed I/O,
 * Architecture Specification" (D51397, revision 3.4; sections named below).
 * Only what the model knows is here. Drivers have their own list of the same
 * numbers, on purpose: a slip in one of the two shows as soon as they meet.
 */
#ifndef MODELS_VTD_H
#define MODELS_VTD_H

#include <stdint.h>

/* -- registers, section 11.4 -- */

#define VTD_VER			0x00
#define VTD_CAP			0x08
#define VTD_ECAP		0x10
#define VTD_GCMD		0x18
#define VTD_GSTS		0x1c
#define VTD_RTADDR		0x20
#define VTD_CCMD		0x28
#define VTD_FSTS		0x34
#define VTD_FECTL		0x38
#define VTD_FEDATA		0x3c
#define VTD_FEADDR		0x40
#define VTD_FEUADDR		0x44
#define VTD_IQH			0x80
#define VTD_IQT			0x88
#define VTD_IQA			0x90
#define VTD_ICS			0x9c
#define VTD_IECTL		0xa0
#define VTD_IEDATA		0xa4
#define VTD_IEADDR		0xa8
#define VTD_IEUADDR		0xac
#define VTD_IQERCD		0xb0
#define VTD_PQH			0xc0
#define VTD_PQT			0xc8
#define VTD_PQA			0xd0
#define VTD_PRS			0xdc
#define VTD_PECTL		0xe0
#define VTD_PEDATA		0xe4
#define VTD_PEADDR		0xe8
#define VTD_PEUADDR		0xec
/* Where CAP.FRO and ECAP.IRO of the model point. */
#define VTD_IVA			0x500
#define VTD_IOTLB		0x508
#define VTD_FRCD		0x400
#define VTD_FRCD_BYTES		16

/* CAP_REG, 11.4.2 */
#define VTD_CAP_ND		0x7ull		/* 2^(4 + 2n) domains */
#define VTD_CAP_CM		(1ull << 7)
#define VTD_CAP_SAGAW_39	(1ull << 9)
#define VTD_CAP_SAGAW_48	(1ull << 10)
#define VTD_CAP_SAGAW_57	(1ull << 11)
#define VTD_CAP_MGAW_SHIFT	16
#define VTD_CAP_FRO_SHIFT	24
#define VTD_CAP_SLLPS_2M	(1ull << 34)
#define VTD_CAP_SLLPS_1G	(1ull << 35)
#define VTD_CAP_PSI		(1ull << 39)
#define VTD_CAP_NFR_SHIFT	40
#define VTD_CAP_MAMV_SHIFT	48
#define VTD_CAP_DWD		(1ull << 54)
#define VTD_CAP_DRD		(1ull << 55)
#define VTD_CAP_FL1GP		(1ull << 56)

/* ECAP_REG, 11.4.3 */
#define VTD_ECAP_C		(1ull << 0)
#define VTD_ECAP_QI		(1ull << 1)
#define VTD_ECAP_DT		(1ull << 2)
#define VTD_ECAP_PT		(1ull << 6)
#define VTD_ECAP_SC		(1ull << 7)
#define VTD_ECAP_IRO_SHIFT	8
#define VTD_ECAP_NEST		(1ull << 26)
#define VTD_ECAP_PRS		(1ull << 29)
#define VTD_ECAP_ERS		(1ull << 30)
#define VTD_ECAP_SRS		(1ull << 31)
#define VTD_ECAP_PSS_SHIFT	35
#define VTD_ECAP_PASID		(1ull << 40)
#define VTD_ECAP_PDS		(1ull << 42)
#define VTD_ECAP_SMTS		(1ull << 43)
#define VTD_ECAP_SLADS		(1ull << 45)
#define VTD_ECAP_SLTS		(1ull << 46)
#define VTD_ECAP_FLTS		(1ull << 47)
#define VTD_ECAP_SMPWCS		(1ull << 48)

/* GCMD_REG and GSTS_REG, 11.4.4: the same bit in both */
#define VTD_GCMD_TE		(1u << 31)
#define VTD_GCMD_SRTP		(1u << 30)
#define VTD_GCMD_SFL		(1u << 29)
#define VTD_GCMD_EAFL		(1u << 28)
#define VTD_GCMD_WBF		(1u << 27)
#define VTD_GCMD_QIE		(1u << 26)
#define VTD_GCMD_IRE		(1u << 25)
#define VTD_GCMD_SIRTP		(1u << 24)
#define VTD_GCMD_CFI		(1u << 23)

/* RTADDR_REG, 11.4.5: translation table mode */
#define VTD_RTADDR_TTM		(3ull << 10)
#define VTD_RTADDR_TTM_LEGACY	(0ull << 10)
#define VTD_RTADDR_TTM_SCALABLE	(1ull << 10)
#define VTD_RTADDR_TTM_ABORT	(3ull << 10)

/* FSTS_REG, 11.4.7.1 */
#define VTD_FSTS_PFO		(1u << 0)
#define VTD_FSTS_PPF		(1u << 1)
#define VTD_FSTS_IQE		(1u << 4)
#define VTD_FSTS_ICE		(1u << 5)
#define VTD_FSTS_ITE		(1u << 6)
#define VTD_FSTS_FRI_SHIFT	8

/* Event control registers: FECTL, IECTL, PECTL */
#define VTD_EVENT_IM		(1u << 31)
#define VTD_EVENT_IP		(1u << 30)

/* IQA_REG, 11.4.9.3 */
#define VTD_IQA_QS		0x7ull
#define VTD_IQA_DW		(1ull << 11)	/* 256-bit descriptors */
#define VTD_ICS_IWC		(1u << 0)

/* PRS_REG, 11.4.11.4 */
#define VTD_PRS_PPR		(1u << 0)
#define VTD_PRS_PRO		(1u << 1)

/* IQERCD_REG: requester whose device-TLB invalidation timed out */
#define VTD_IQERCD_ITESID_SHIFT	32

/* Page request descriptor, 7.4.1.1 */
#define VTD_PRQ_TYPE		1
#define VTD_PRQ_BYTES		32
#define VTD_PRQ_PASID		(1ull << 8)
#define VTD_PRQ_RID_SHIFT	16
#define VTD_PRQ_PASID_SHIFT	32
#define VTD_PRQ_EXECUTE		(1ull << 52)
#define VTD_PRQ_PRIVILEGED	(1ull << 53)
#define VTD_PRQ_READ		(1ull << 0)	/* word 1 */
#define VTD_PRQ_WRITE		(1ull << 1)
#define VTD_PRQ_LAST		(1ull << 2)
#define VTD_PRQ_GROUP_SHIFT	3

/* IOTLB_REG, 11.4.8.1 */
#define VTD_IOTLB_IVT		(1ull << 63)

/* Fault record, upper half, 11.4.7.6 */
#define VTD_FRCD_PRIV		(1ull << 29)
#define VTD_FRCD_EXE		(1ull << 30)
#define VTD_FRCD_PP		(1ull << 31)
#define VTD_FRCD_FR_SHIFT	32
#define VTD_FRCD_PV_SHIFT	40
#define VTD_FRCD_AT_SHIFT	60
#define VTD_FRCD_READ		(1ull << 62)
#define VTD_FRCD_F		(1ull << 63)

/* -- tables, chapter 9 -- */

#define VTD_PRESENT		(1ull << 0)
#define VTD_ADDRESS		0x000ffffffffff000ull
#define VTD_POINTER		0xfffffffffffff000ull

#define VTD_CONTEXT_WORDS	4
#define VTD_PASID_WORDS		8

/* Scalable-mode context entry, 9.4 */
#define VTD_CONTEXT_FPD		(1ull << 1)
#define VTD_CONTEXT_DTE		(1ull << 2)
#define VTD_CONTEXT_PASIDE	(1ull << 3)
#define VTD_CONTEXT_PRE		(1ull << 4)
#define VTD_CONTEXT_PDTS_SHIFT	9
#define VTD_CONTEXT_RSVD0	0x1e0ull
#define VTD_CONTEXT_RID_PASID	0xfffffull	/* word 1 */
#define VTD_CONTEXT_RID_PRIV	(1ull << 20)
#define VTD_CONTEXT_RSVD1	(~0x1fffffull)

/* PASID directory entry, 9.5 */
#define VTD_DIRECTORY_FPD	(1ull << 1)
#define VTD_DIRECTORY_RSVD	0xffcull
#define VTD_PASIDS_PER_TABLE	64

/* PASID table entry, 9.6 */
#define VTD_PASID_FPD		(1ull << 1)
#define VTD_PASID_AW_SHIFT	2		/* levels of the table - 2 */
#define VTD_PASID_PGTT_SHIFT	6
#define VTD_PASID_SLADE		(1ull << 9)
#define VTD_PASID_RSVD0		0xc20ull	/* and SLEE, never reported */
#define VTD_PASID_DOMAIN	0xffffull	/* word 1 */
#define VTD_PASID_RSVD1		0x7f0000ull
#define VTD_PASID_PWSNP		(1ull << 23)
#define VTD_PASID_PGSNP		(1ull << 24)
#define VTD_PASID_SRE		(1ull << 0)	/* word 2 */
#define VTD_PASID_ERE		(1ull << 1)
#define VTD_PASID_FLPM		(3ull << 2)
#define VTD_PASID_WPE		(1ull << 4)
#define VTD_PASID_NXE		(1ull << 5)
#define VTD_PASID_RSVD2		0xfc0ull	/* and SMEP, EAFE: not reported */

enum vtd_pgtt {
	VTD_PGTT_FIRST		= 1,
	VTD_PGTT_SECOND		= 2,
	VTD_PGTT_NESTED		= 3,
	VTD_PGTT_PASS_THROUGH	= 4,
};

/* Second-level paging entry, 9.8 */
#define VTD_SL_READ		(1ull << 0)
#define VTD_SL_WRITE		(1ull << 1)
#define VTD_SL_PS		(1ull << 7)
#define VTD_SL_ACCESSED		(1ull << 8)
#define VTD_SL_DIRTY		(1ull << 9)
#define VTD_SL_SNP		(1ull << 11)

/* First-level paging entry, 9.7 */
#define VTD_FL_WRITE		(1ull << 1)
#define VTD_FL_USER		(1ull << 2)
#define VTD_FL_ACCESSED		(1ull << 5)
#define VTD_FL_DIRTY		(1ull << 6)
#define VTD_FL_PS		(1ull << 7)
#define VTD_FL_XD		(1ull << 63)

/* -- queued invalidation, 6.5.2 -- */

enum vtd_descriptor {
	VTD_QI_CONTEXT		= 1,
	VTD_QI_IOTLB		= 2,
	VTD_QI_DEVICE_TLB	= 3,
	VTD_QI_IEC		= 4,
	VTD_QI_WAIT		= 5,
	VTD_QI_PASID_IOTLB	= 6,
	VTD_QI_PASID_CACHE	= 7,
	VTD_QI_PASID_DEVICE_TLB	= 8,
	VTD_QI_PAGE_RESPONSE	= 9,
};

#define VTD_QI_GRANULARITY(word)	((word) >> 4 & 3)
#define VTD_QI_DOMAIN(word)		((uint16_t)((word) >> 16))
#define VTD_QI_PASID(word)		((uint32_t)((word) >> 32) & 0xfffff)
#define VTD_QI_SOURCE(word)		((uint16_t)((word) >> 32))

#define VTD_CONTEXT_GLOBAL	1
#define VTD_CONTEXT_DOMAIN	2
#define VTD_CONTEXT_DEVICE	3
#define VTD_PC_DOMAIN		0
#define VTD_PC_PASID		1
#define VTD_PC_GLOBAL		3
#define VTD_IOTLB_GLOBAL	1
#define VTD_IOTLB_DOMAIN	2
#define VTD_IOTLB_PAGE		3
#define VTD_PIOTLB_PASID	2
#define VTD_PIOTLB_PAGE		3

#define VTD_QI_DW		(1ull << 6)	/* drain writes */
#define VTD_QI_DR		(1ull << 7)	/* drain reads */
#define VTD_QI_AM		0x3full		/* word 1 of IOTLB types */
#define VTD_QI_IH		(1ull << 6)

#define VTD_DEVICE_TLB_SIZE	(1ull << 0)	/* word 1 */
#define VTD_PASID_DTLB_GLOBAL	(1ull << 0)
#define VTD_PASID_DTLB_SIZE	(1ull << 11)

#define VTD_RESPONSE_PASID	(1ull << 4)
#define VTD_RESPONSE_CODE_SHIFT	12
#define VTD_RESPONSE_SUCCESS	0x0
#define VTD_RESPONSE_INVALID	0x1
#define VTD_RESPONSE_FAILURE	0xf
#define VTD_RESPONSE_LAST	(1ull << 2)	/* word 1 */
#define VTD_RESPONSE_GROUP_SHIFT 3

#define VTD_WAIT_IF		(1ull << 4)
#define VTD_WAIT_SW		(1ull << 5)
#define VTD_WAIT_FN		(1ull << 6)
#define VTD_WAIT_PD		(1ull << 7)

/* -- fault reasons in scalable mode, 7.1.3 -- */

enum vtd_fault {
	VTD_FAULT_NONE			= 0,
	VTD_FAULT_TTM			= 0x30,	/* mode of RTADDR */
	VTD_FAULT_ROOT_ACCESS		= 0x38,
	VTD_FAULT_ROOT_PRESENT		= 0x39,
	VTD_FAULT_ROOT_RESERVED		= 0x3a,
	VTD_FAULT_CONTEXT_ACCESS	= 0x40,
	VTD_FAULT_CONTEXT_PRESENT	= 0x41,
	VTD_FAULT_CONTEXT_RESERVED	= 0x42,
	VTD_FAULT_CONTEXT_INVALID	= 0x43,
	VTD_FAULT_CONTEXT_DTE		= 0x44,
	VTD_FAULT_CONTEXT_PASIDE	= 0x45,
	VTD_FAULT_CONTEXT_PDTS		= 0x46,
	VTD_FAULT_CONTEXT_PRE		= 0x47,
	VTD_FAULT_CONTEXT_RID_PASID	= 0x48,
	VTD_FAULT_DIRECTORY_ACCESS	= 0x50,
	VTD_FAULT_DIRECTORY_PRESENT	= 0x51,
	VTD_FAULT_DIRECTORY_RESERVED	= 0x52,
	VTD_FAULT_PASID_ACCESS		= 0x58,
	VTD_FAULT_PASID_PRESENT		= 0x59,
	VTD_FAULT_PASID_RESERVED	= 0x5a,
	VTD_FAULT_PASID_INVALID		= 0x5b,
	VTD_FAULT_PASID_ERE		= 0x5c,
	VTD_FAULT_PASID_SRE		= 0x5d,
	VTD_FAULT_FL_ACCESS		= 0x70,
	VTD_FAULT_FL_PRESENT		= 0x71,
	VTD_FAULT_FL_RESERVED		= 0x72,
	VTD_FAULT_FL_ROOT_ACCESS	= 0x73,
	VTD_FAULT_NESTED_BEYOND		= 0x74,
	VTD_FAULT_NESTED_ROOT		= 0x75,
	VTD_FAULT_NESTED_TABLE		= 0x76,
	VTD_FAULT_NESTED_WRITE		= 0x77,
	VTD_FAULT_SL_ACCESS		= 0x78,
	VTD_FAULT_SL_PRESENT		= 0x79,
	VTD_FAULT_SL_RESERVED		= 0x7a,
	VTD_FAULT_SL_ROOT		= 0x7b,
	VTD_FAULT_CANONICAL		= 0x80,
	VTD_FAULT_USER			= 0x81,
	VTD_FAULT_EXECUTE		= 0x82,
	VTD_FAULT_BEYOND_MGAW		= 0x83,
	VTD_FAULT_BEYOND_AW		= 0x84,
	VTD_FAULT_WRITE			= 0x85,
	VTD_FAULT_READ			= 0x86,
	VTD_FAULT_INTERRUPT_RANGE	= 0x87,
};

#endif
