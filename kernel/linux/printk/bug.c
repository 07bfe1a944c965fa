// SPDX-License-Identifier: GPL-2.0-only
/*
 * bug.c - WARN, BUG and panic are findings
 *
 * A warning's text comes first, through __warn_printk(), and is kept for the
 * finding that follows in the same breath. The place of the finding is the
 * function whose source has the WARN, also if the compiler inlined it; for a
 * WARN in the kernel's library it is the function under test that called. As a
 * finding ends the run, the "once" variants need nothing to remember.
 */
#include <linux/bug.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/refcount.h>
#include <linux/string.h>
#include <vtb/bridge.h>
#include <vtb/runtime.h>

#define TEXT_BYTES	120

static char warn_text[TEXT_BYTES];

int panic_on_warn;
EXPORT_SYMBOL(panic_on_warn);
unsigned long panic_on_taint;
int panic_timeout;
EXPORT_SYMBOL_GPL(panic_timeout);

static void report(const char *oracle, const char *kind,
		   const struct vtb_source_place *place, const char *file,
		   int line)
{
	char what[160];

	scnprintf(what, sizeof(what), "%s in %s at %s:%d", kind,
		  place->function, file, line);
	_printk(KERN_CRIT "%s\n", what);
	vtb_finding_in(oracle, kind, place, what,
		       warn_text[0] ? warn_text : NULL);
	warn_text[0] = '\0';
}

void vtb_warn(const char *file, int line, const char *function,
	      unsigned int flags)
{
	const struct vtb_source_place place = { (void *)_RET_IP_, function };

	report("kernel-warn", "WARNING", &place, file, line);
}

void vtb_bug(const char *file, int line, const char *function)
{
	const struct vtb_source_place place = { (void *)_RET_IP_, function };

	report("kernel-bug", "BUG", &place, file, line);
	/* Only outside of fibers, where there is nothing to go on with. */
	vtb_bench_error(file, line, "BUG() in code that no fiber runs");
}

void __warn_printk(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vscnprintf(warn_text, sizeof(warn_text), format, args);
	va_end(args);
	if (len && warn_text[len - 1] == '\n')
		warn_text[len - 1] = '\0';
	_printk(KERN_WARNING "%s\n", warn_text);
}
EXPORT_SYMBOL(__warn_printk);

void panic(const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list args;

	va_start(args, format);
	vscnprintf(text, sizeof(text), format, args);
	va_end(args);
	_printk(KERN_EMERG "Kernel panic: %s\n", text);
	vtb_finding("kernel-panic", "panic", (void *)_RET_IP_, NULL, text,
		    NULL);
	vtb_bench_error("panic", 0, text);
}
EXPORT_SYMBOL(panic);

void add_taint(unsigned int flag, enum lockdep_ok lockdep_ok)
{
}
EXPORT_SYMBOL(add_taint);
