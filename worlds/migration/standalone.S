/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The text of C programs that do what this world's system calls do.
 */
	.section .rodata
	.globl	migration_standalone
migration_standalone:
	.incbin	"migration/bad_kinds.h"
	.incbin	"migration/standalone.c"
	.byte	0

	.section .note.GNU-stack, "", @progbits
