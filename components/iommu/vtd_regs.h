/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vtd_regs.h - numbers of VT-d that the driver uses
 *
 * From the architecture specification, revision 3.4: registers in chapter 11,
 * tables in chapter 9, descriptors in section 6.5.2.
 */
#ifndef VTD_REGS_H
#define VTD_REGS_H

#include <linux/bits.h>

/* -- registers -- */

#define VTD_CAP_REG		0x08
#define VTD_ECAP_REG		0x10
#define VTD_GCMD_REG		0x18
#define VTD_GSTS_REG		0x1c
#define VTD_RTADDR_REG		0x20
#define VTD_FSTS_REG		0x34
#define VTD_FECTL_REG		0x38
#define VTD_FEDATA_REG		0x3c
#define VTD_FEADDR_REG		0x40
#define VTD_FEUADDR_REG		0x44
#define VTD_IQH_REG		0x80
#define VTD_IQT_REG		0x88
#define VTD_IQA_REG		0x90
#define VTD_IQERCD_REG		0xb0
#define VTD_PQH_REG		0xc0
#define VTD_PQT_REG		0xc8
#define VTD_PQA_REG		0xd0
#define VTD_PRS_REG		0xdc
#define VTD_PECTL_REG		0xe0
#define VTD_PEDATA_REG		0xe4
#define VTD_PEADDR_REG		0xe8
#define VTD_PEUADDR_REG		0xec

#define VTD_CAP_ND(cap)		((cap) & 7)
#define VTD_CAP_CM		BIT_ULL(7)
#define VTD_CAP_SAGAW(cap)	((cap) >> 8 & 0x1f)	/* bit n: n + 2 levels */
#define VTD_CAP_MGAW(cap)	(((cap) >> 16 & 0x3f) + 1)
#define VTD_CAP_FRO(cap)	(((cap) >> 24 & 0x3ff) * 16)
#define VTD_CAP_2M		BIT_ULL(34)
#define VTD_CAP_1G		BIT_ULL(35)
#define VTD_CAP_PSI		BIT_ULL(39)
#define VTD_CAP_NFR(cap)	(((cap) >> 40 & 0xff) + 1)
#define VTD_CAP_MAMV(cap)	((cap) >> 48 & 0x3f)
#define VTD_CAP_DWD		BIT_ULL(54)
#define VTD_CAP_DRD		BIT_ULL(55)

#define VTD_ECAP_C		BIT_ULL(0)
#define VTD_ECAP_QI		BIT_ULL(1)
#define VTD_ECAP_DT		BIT_ULL(2)
#define VTD_ECAP_PT		BIT_ULL(6)
#define VTD_ECAP_NEST		BIT_ULL(26)
#define VTD_ECAP_PRS		BIT_ULL(29)
#define VTD_ECAP_ERS		BIT_ULL(30)
#define VTD_ECAP_SRS		BIT_ULL(31)
#define VTD_ECAP_PSS(ecap)	(((ecap) >> 35 & 0x1f) + 1)
#define VTD_ECAP_PASID		BIT_ULL(40)
#define VTD_ECAP_SMTS		BIT_ULL(43)
#define VTD_ECAP_SLTS		BIT_ULL(46)
#define VTD_ECAP_FLTS		BIT_ULL(47)
#define VTD_ECAP_SMPWC		BIT_ULL(48)

/* GCMD; what has been done shows in the same bit of GSTS. */
#define VTD_GCMD_TE		BIT(31)
#define VTD_GCMD_SRTP		BIT(30)
#define VTD_GCMD_QIE		BIT(26)
/* Those that stay on until they are written as 0. */
#define VTD_GSTS_LASTING	0x96ffffffu

#define VTD_RTADDR_SCALABLE	BIT_ULL(10)

#define VTD_FSTS_PFO		BIT(0)
#define VTD_FSTS_PPF		BIT(1)
#define VTD_FSTS_ITE		BIT(6)
#define VTD_FSTS_FRI(fsts)	((fsts) >> 8 & 0xff)
#define VTD_FECTL_IM		BIT(31)
#define VTD_MSI_ADDRESS		0xfee00000u

#define VTD_IQA_WIDE		BIT_ULL(11)	/* descriptors of 32 bytes */
#define VTD_IQERCD_SOURCE(reg)	((reg) >> 32 & 0xffff)
#define VTD_PRS_PPR		BIT(0)
#define VTD_PRS_PRO		BIT(1)

/* A page request: 32 bytes, of which the first 16 mean something. */
#define VTD_PRQ_WORDS		4
#define VTD_PRQ_TYPE(word)	((word) & 0xff)
#define VTD_PRQ_PAGE		1u
#define VTD_PRQ_HAS_PASID	BIT_ULL(8)
#define VTD_PRQ_SOURCE(word)	((word) >> 16 & 0xffff)
#define VTD_PRQ_PASID(word)	((word) >> 32 & 0xfffff)
#define VTD_PRQ_EXECUTE		BIT_ULL(52)
#define VTD_PRQ_PRIVILEGED	BIT_ULL(53)
#define VTD_PRQ_READ		BIT_ULL(0)	/* second word */
#define VTD_PRQ_WRITE		BIT_ULL(1)
#define VTD_PRQ_LAST		BIT_ULL(2)
#define VTD_PRQ_GROUP(word)	((word) >> 3 & 0x1ff)
#define VTD_PRQ_ADDRESS		GENMASK_ULL(63, 12)

/* A fault record: 16 bytes, the first half is the address. */
#define VTD_FAULT_BYTES		16
#define VTD_FAULT_HIGH		8
#define VTD_FAULT_TOP		12		/* bits 127:96 */
#define VTD_FAULT_SOURCE(high)	((high) & 0xffff)
#define VTD_FAULT_HAS_PASID	BIT_ULL(31)
#define VTD_FAULT_REASON(high)	((high) >> 32 & 0xff)
#define VTD_FAULT_PASID(high)	((high) >> 40 & 0xfffff)
#define VTD_FAULT_READ		BIT_ULL(62)
#define VTD_FAULT_VALID		BIT_ULL(63)
#define VTD_FAULT_CLEAR		BIT(31)		/* in the top word */

/* -- tables -- */

#define VTD_PRESENT		BIT_ULL(0)
#define VTD_ADDRESS_MASK	GENMASK_ULL(51, 12)

#define VTD_ROOT_ENTRIES	256	/* of two words, one per half of a bus */
#define VTD_CONTEXT_WORDS	4
#define VTD_PASID_WORDS		8
#define VTD_PASIDS_PER_TABLE	64

#define VTD_CONTEXT_DTE		BIT_ULL(2)
#define VTD_CONTEXT_PASIDE	BIT_ULL(3)
#define VTD_CONTEXT_PRE		BIT_ULL(4)
#define VTD_CONTEXT_PDTS(x)	((u64)(x) << 9)	/* 2^(x + 7) directory entries */

#define VTD_PASID_LEVELS(n)	((u64)((n) - 2) << 2)
#define VTD_PASID_SECOND	(2ull << 6)
#define VTD_PASID_NESTED	(3ull << 6)
#define VTD_PASID_THROUGH	(4ull << 6)
/* Third word: where the first level is, and what of its bits count */
#define VTD_PASID_SRE		BIT_ULL(0)
#define VTD_PASID_WPE		BIT_ULL(4)
#define VTD_PASID_NXE		BIT_ULL(5)

/* Second-level entries */
#define VTD_SL_READ		BIT_ULL(0)
#define VTD_SL_WRITE		BIT_ULL(1)
#define VTD_SL_PAGE		BIT_ULL(7)	/* a leaf above the last level */

/* -- descriptors -- */

#define VTD_QI_CONTEXT		1ull
#define VTD_QI_IOTLB		2ull
#define VTD_QI_DEVICE_TLB	3ull
#define VTD_QI_WAIT		5ull
#define VTD_QI_PASID_IOTLB	6ull
#define VTD_QI_PASID_CACHE	7ull
#define VTD_QI_PASID_DEVICE	8ull
#define VTD_QI_PAGE_RESPONSE	9ull

#define VTD_CONTEXT_GLOBAL	(1ull << 4)
#define VTD_CONTEXT_DEVICE	(3ull << 4)
#define VTD_CONTEXT_SOURCE(id)	((u64)(id) << 32)
#define VTD_IOTLB_GLOBAL	(1ull << 4)
#define VTD_IOTLB_DOMAIN	(2ull << 4)
#define VTD_IOTLB_PAGES		(3ull << 4)
#define VTD_IOTLB_DW		BIT_ULL(6)
#define VTD_IOTLB_DR		BIT_ULL(7)
#define VTD_IOTLB_HINT		BIT_ULL(6)	/* second word */
#define VTD_PIOTLB_PASID	(2ull << 4)
#define VTD_PIOTLB_PAGES	(3ull << 4)
#define VTD_DEVICE_SIZE		BIT_ULL(0)	/* second word */
#define VTD_PASID_DEVICE_SIZE	BIT_ULL(11)
#define VTD_PASID_DEVICE_ALL	BIT_ULL(0)	/* whatever the PASID */
#define VTD_PC_PASID		(1ull << 4)
#define VTD_PC_GLOBAL		(3ull << 4)
#define VTD_QI_DOMAIN(id)	((u64)(id) << 16)
#define VTD_QI_PASID(pasid)	((u64)(pasid) << 32)
#define VTD_QI_DEVICE(source)	((u64)(source) << 32)
#define VTD_QI_SOURCE(source)	((u64)(source) << 16)
#define VTD_RESPONSE_HAS_PASID	BIT_ULL(4)
#define VTD_RESPONSE_CODE(code)	((u64)(code) << 12)
#define VTD_RESPONSE_LAST	BIT_ULL(2)	/* second word */
#define VTD_RESPONSE_GROUP(nr)	((u64)(nr) << 3)
/* What is asked for is there now, is not and will not be, ask no more. */
#define VTD_SUCCESS		0x0
#define VTD_INVALID		0x1
#define VTD_FAILURE		0xf
#define VTD_WAIT_STATUS		BIT_ULL(5)
#define VTD_WAIT_DATA(data)	((u64)(data) << 32)

#endif
