/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * asm/io.h - device access by readl() and friends
 *
 * The tree's are inline loads and stores; here they go the way of ioread32(),
 * mm/ioremap.c. Access to an address that is not from ioremap() is a finding.
 */
#ifndef VTB_ASM_IO_H
#define VTB_ASM_IO_H

#include_next <asm/io.h>

u64 vtb_io_read(const volatile void __iomem *address, unsigned int size);
void vtb_io_write(u64 value, volatile void __iomem *address,
		  unsigned int size);

#undef readb
#undef readw
#undef readl
#undef readq
#undef readb_relaxed
#undef readw_relaxed
#undef readl_relaxed
#undef readq_relaxed
#undef writeb
#undef writew
#undef writel
#undef writeq
#undef writeb_relaxed
#undef writew_relaxed
#undef writel_relaxed
#undef writeq_relaxed

#define readb(a)		((u8)vtb_io_read(a, 1))
#define readw(a)		((u16)vtb_io_read(a, 2))
#define readl(a)		((u32)vtb_io_read(a, 4))
#define readq(a)		vtb_io_read(a, 8)
#define readb_relaxed(a)	readb(a)
#define readw_relaxed(a)	readw(a)
#define readl_relaxed(a)	readl(a)
#define readq_relaxed(a)	readq(a)
#define writeb(v, a)		vtb_io_write((u8)(v), a, 1)
#define writew(v, a)		vtb_io_write((u16)(v), a, 2)
#define writel(v, a)		vtb_io_write((u32)(v), a, 4)
#define writeq(v, a)		vtb_io_write(v, a, 8)
#define writeb_relaxed(v, a)	writeb(v, a)
#define writew_relaxed(v, a)	writew(v, a)
#define writel_relaxed(v, a)	writel(v, a)
#define writeq_relaxed(v, a)	writeq(v, a)

#endif
