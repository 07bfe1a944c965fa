// SPDX-License-Identifier: GPL-2.0-only
/*
 * printk.c - messages of kernel code
 *
 * Text is formatted by the tree's own vsprintf() and handed to the bench line
 * by line, with its level. Only the text's hash enters the trace, so it must
 * not hold what differs between builds: dump_stack() prints no stack. Lines
 * continued by KERN_CONT stay lines of their own.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <vtb/bridge.h>
#include <vtb/runtime.h>

#define LINE_BYTES	256

int console_printk[4] = {
	CONSOLE_LOGLEVEL_DEFAULT, MESSAGE_LOGLEVEL_DEFAULT,
	CONSOLE_LOGLEVEL_MIN, CONSOLE_LOGLEVEL_DEFAULT,
};
EXPORT_SYMBOL_GPL(console_printk);
int oops_in_progress;
EXPORT_SYMBOL(oops_in_progress);

/* Takes the level bytes off the front of *text. */
static int parse_level(const char **text, int level)
{
	int c;

	while ((c = printk_get_level(*text))) {
		if (c >= '0' && c <= '7')
			level = c - '0';
		*text += 2;
	}
	return level;
}

static void log_lines(const char *text, int level)
{
	level = parse_level(&text, level);
	while (*text) {
		unsigned long len = strcspn(text, "\n");

		vtb_log(level, text, len);
		text += len;
		if (*text)
			text++;
	}
}

int vprintk(const char *format, va_list args)
{
	char text[LINE_BYTES];
	int len = vscnprintf(text, sizeof(text), format, args);

	log_lines(text, MESSAGE_LOGLEVEL_DEFAULT);
	return len;
}
EXPORT_SYMBOL(vprintk);

int _printk(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vprintk(format, args);
	va_end(args);
	return len;
}
EXPORT_SYMBOL(_printk);

int _printk_deferred(const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vprintk(format, args);
	va_end(args);
	return len;
}

/* Limits are for consoles; here every message is of interest. */
int __printk_ratelimit(const char *function)
{
	return 1;
}
EXPORT_SYMBOL(__printk_ratelimit);

int ___ratelimit(struct ratelimit_state *state, const char *function)
{
	return 1;
}
EXPORT_SYMBOL(___ratelimit);

bool printk_timed_ratelimit(unsigned long *last, unsigned int interval_ms)
{
	return true;
}
EXPORT_SYMBOL(printk_timed_ratelimit);

void dump_stack_lvl(const char *level)
{
	_printk("%s(stack of %s)\n", level, current->comm);
}
EXPORT_SYMBOL(dump_stack_lvl);

void dump_stack(void)
{
	dump_stack_lvl(KERN_DEFAULT);
}
EXPORT_SYMBOL(dump_stack);

/*
 * What %p prints is a hash of the address. All addresses look alike here: the
 * same object has another address in another build.
 */
u64 siphash_1u64(const u64 first, const siphash_key_t *key)
{
	return 0;
}
EXPORT_SYMBOL(siphash_1u64);

/* -- messages about a device --------------------------------------------------- */

static void print_device(const char *level, const struct device *dev,
			 struct va_format *vaf)
{
	if (dev)
		_printk("%s%s %s: %pV", level, dev_driver_string(dev),
			dev_name(dev), vaf);
	else
		_printk("%s(NULL device *): %pV", level, vaf);
}

void _dev_printk(const char *level, const struct device *dev,
		 const char *format, ...)
{
	struct va_format vaf = { .fmt = format };
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	print_device(level, dev, &vaf);
	va_end(args);
}
EXPORT_SYMBOL(_dev_printk);

#define DEFINE_DEV_PRINTK(name, level)					\
void name(const struct device *dev, const char *format, ...)		\
{									\
	struct va_format vaf = { .fmt = format };			\
	va_list args;							\
									\
	va_start(args, format);						\
	vaf.va = &args;							\
	print_device(level, dev, &vaf);					\
	va_end(args);							\
}									\
EXPORT_SYMBOL(name)

DEFINE_DEV_PRINTK(_dev_emerg, KERN_EMERG);
DEFINE_DEV_PRINTK(_dev_alert, KERN_ALERT);
DEFINE_DEV_PRINTK(_dev_crit, KERN_CRIT);
DEFINE_DEV_PRINTK(_dev_err, KERN_ERR);
DEFINE_DEV_PRINTK(_dev_warn, KERN_WARNING);
DEFINE_DEV_PRINTK(_dev_notice, KERN_NOTICE);
DEFINE_DEV_PRINTK(_dev_info, KERN_INFO);
