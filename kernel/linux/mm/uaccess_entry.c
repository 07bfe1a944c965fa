// SPDX-License-Identifier: GPL-2.0-only
/*
 * uaccess_entry.c - __get_user_N and __put_user_N
 *
 * The macros get_user() and put_user() call these from inline assembly with a
 * convention of their own, and rely on every other register to be kept:
 *
 *    __get_user_N   in: rax = address              out: eax = error, rdx = value
 *    __put_user_N   in: rcx = address, rax = value  out: ecx = error, rbx lost
 *
 * Each becomes a call of the C function that does the work. A frame is set up
 * so that stacks can be walked through it. No SSE register is in use: kernel
 * code is compiled without them.
 */
#include <linux/linkage.h>
#include <linux/types.h>

#define SAVE								\
	"	push %rbp\n"						\
	"	mov %rsp, %rbp\n"					\
	"	push %rsi\n"						\
	"	push %rdi\n"						\
	"	push %r8\n"						\
	"	push %r9\n"						\
	"	push %r10\n"						\
	"	push %r11\n"

#define RESTORE								\
	"	pop %r11\n"						\
	"	pop %r10\n"						\
	"	pop %r9\n"						\
	"	pop %r8\n"						\
	"	pop %rdi\n"						\
	"	pop %rsi\n"						\
	"	pop %rbp\n"						\
	"	ret\n"

#define ENTRY_OF(name)							\
	"	.globl " name "\n"					\
	"	.type " name ", @function\n"				\
	name ":\n"

/* rcx and the value are kept below the six registers: rbp - 56, rbp - 64. */
#define GET_USER(name, size)						\
asm(".text\n"								\
	ENTRY_OF(name)							\
	SAVE								\
	"	push %rcx\n"						\
	"	push $0\n"						\
	"	mov %rax, %rdi\n"					\
	"	mov $" #size ", %esi\n"					\
	"	mov %rsp, %rdx\n"					\
	"	and $-16, %rsp\n"					\
	"	call vtb_get_user\n"					\
	"	lea -64(%rbp), %rsp\n"					\
	"	pop %rdx\n"						\
	"	pop %rcx\n"						\
	RESTORE								\
	"	.size " name ", . - " name "\n")

/* rax and rdx are kept there; ecx takes the result. */
#define PUT_USER(name, size)						\
asm(".text\n"								\
	ENTRY_OF(name)							\
	SAVE								\
	"	push %rax\n"						\
	"	push %rdx\n"						\
	"	mov %rcx, %rdi\n"					\
	"	mov $" #size ", %esi\n"					\
	"	mov %rax, %rdx\n"					\
	"	and $-16, %rsp\n"					\
	"	call vtb_put_user\n"					\
	"	mov %eax, %ecx\n"					\
	"	lea -64(%rbp), %rsp\n"					\
	"	pop %rdx\n"						\
	"	pop %rax\n"						\
	RESTORE								\
	"	.size " name ", . - " name "\n")

GET_USER("__get_user_1", 1);
GET_USER("__get_user_2", 2);
GET_USER("__get_user_4", 4);
GET_USER("__get_user_8", 8);
GET_USER("__get_user_nocheck_1", 1);
GET_USER("__get_user_nocheck_2", 2);
GET_USER("__get_user_nocheck_4", 4);
GET_USER("__get_user_nocheck_8", 8);
PUT_USER("__put_user_1", 1);
PUT_USER("__put_user_2", 2);
PUT_USER("__put_user_4", 4);
PUT_USER("__put_user_8", 8);
PUT_USER("__put_user_nocheck_1", 1);
PUT_USER("__put_user_nocheck_2", 2);
PUT_USER("__put_user_nocheck_4", 4);
PUT_USER("__put_user_nocheck_8", 8);

/*
 * clear_page() calls clear_page_orig from inline assembly: rdi = page, only rax
 * and rcx may change besides.
 */
asm(".text\n"
	ENTRY_OF("clear_page_orig")
	"	mov $512, %ecx\n"
	"	xor %eax, %eax\n"
	"	rep stosq\n"
	"	ret\n"
	"	.size clear_page_orig, . - clear_page_orig\n");
