/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.c - a touch of data that nobody models ends the run with its name
 *
 * cmake/unmodelled/generate gives each unmodelled external that is not called
 * a page of its own between __vtb_unmodelled_start and _stop, its name near
 * the end of the page. The pages are closed before main(); a read, a write or
 * a jump into one faults, and the handler reads the name back. Any other fault
 * goes to whoever handled it before us (ASan).
 */
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <vtb/bridge.h>

#define PAGE_BYTES	4096ul

/*
 * Where the name is in its page, as in generate. A variable with a value, so
 * that every executable has a .data for image.lds to come after.
 */
extern unsigned long vtb_unmodelled_name_offset;
unsigned long vtb_unmodelled_name_offset = 3840;

extern char __vtb_unmodelled_start[], __vtb_unmodelled_stop[];

static struct sigaction previous;

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	char *page = (char *)(at & ~(PAGE_BYTES - 1));

	if (at >= (uintptr_t)__vtb_unmodelled_start &&
	    at < (uintptr_t)__vtb_unmodelled_stop) {
		mprotect(page, PAGE_BYTES, PROT_READ);
		vtb_unmodelled(page + vtb_unmodelled_name_offset);
	}
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(signal_number, info, context);
		return;
	}
	/* Nobody: let the instruction fault again, for good. */
	sigaction(signal_number, &previous, NULL);
}

__attribute__((constructor)) static void close_pages(void)
{
	size_t bytes = __vtb_unmodelled_stop - __vtb_unmodelled_start;
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER,
	};

	if (!bytes)
		return;
	if (mprotect(__vtb_unmodelled_start, bytes, PROT_NONE))
		abort();
	sigaction(SIGSEGV, &action, &previous);
}
