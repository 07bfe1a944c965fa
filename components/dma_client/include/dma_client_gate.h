/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dma_client_gate.h - registers by which a guest shares memory with its host
 *
 * Of a hypervisor that keeps the guest's memory private: a page of registers. A
 * write to GATE_COMMAND is done when it returns; GATE_STATUS is 0 if all pages
 * are as asked, and else says nothing about any of them.
 */
#ifndef DMA_CLIENT_GATE_H
#define DMA_CLIENT_GATE_H

#define GATE_PHYS	0xfed60000
#define GATE_BYTES	4096

#define GATE_FIRST	0x00	/* 64 bits: address of the first page */
#define GATE_PAGES	0x08	/* 32 bits, pages of the guest */
#define GATE_COMMAND	0x0c
#define GATE_STATUS	0x10

#define GATE_SHARE	1
#define GATE_UNSHARE	2

#endif
