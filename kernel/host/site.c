/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * site.c - places in code under test that can be ignored
 *
 * A site is a call of a hook, or of a lock function: found in the code of this
 * executable, by address. The ordinal of a site counts those of its kind in its
 * function in the order of the code, so it is the same in every run, and in
 * every build of the same text by the same compiler.
 *
 * A macro may expand to two hooks in a row (smp_rmb() of x86): one site.
 *
 * The list is a cache of the process, as the symbol table is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define CALL_BYTES	5		/* e8 and a displacement */
#define MOVE_BYTES	5		/* bf or ba, and a constant */
#define LOOK_BACK	32		/* where a constant may be loaded */

static const char *const kind_names[KERNEL_SITE_KINDS] = {
	[KERNEL_SITE_BARRIER] = "barrier",
	[KERNEL_SITE_RELEASE] = "release",
	[KERNEL_SITE_ACQUIRE] = "acquire",
	[KERNEL_SITE_ONCE] = "once",
	[KERNEL_SITE_ATOMIC] = "atomic",
	[KERNEL_SITE_LOCK] = "lock",
};

const char *kernel_site_kind_name(enum kernel_site_kind kind)
{
	return kind_names[kind];
}

/* What functions are called by sites; names with a * are beginnings. */
static const struct {
	const char *name;
	enum kernel_site_kind kind;
} callees[] = {
	{ "__tsan_atomic_signal_fence", KERNEL_SITE_BARRIER },
	{ "__tsan_atomic_thread_fence", KERNEL_SITE_BARRIER },
	{ "__kcsan_mb", KERNEL_SITE_BARRIER },
	{ "__kcsan_wmb", KERNEL_SITE_BARRIER },
	{ "__kcsan_rmb", KERNEL_SITE_BARRIER },
	{ "__kcsan_release", KERNEL_SITE_RELEASE },
	{ "vtb_load_acquire", KERNEL_SITE_ACQUIRE },
	{ "__tsan_volatile_*", KERNEL_SITE_ONCE },
	{ "__tsan_unaligned_volatile_*", KERNEL_SITE_ONCE },
	{ "__kcsan_check_access", KERNEL_SITE_ATOMIC },
	{ "_raw_spin_lock*", KERNEL_SITE_LOCK },
	{ "_raw_read_lock*", KERNEL_SITE_LOCK },
	{ "_raw_write_lock*", KERNEL_SITE_LOCK },
	{ "mutex_lock*", KERNEL_SITE_LOCK },
	{ "down_read*", KERNEL_SITE_LOCK },
	{ "down_write*", KERNEL_SITE_LOCK },
};

static struct {
	bool tried;
	struct kernel_site *sites;	/* by address */
	size_t nr;
} table;

static bool matches(const char *pattern, const char *name)
{
	size_t n = strlen(pattern) - 1;

	return pattern[n] == '*' ? !strncmp(pattern, name, n) :
				   !strcmp(pattern, name);
}

/* The constant that "mov $constant, register" loads in front of @call. */
static int constant_before(const uint8_t *call, uint8_t move)
{
	const uint8_t *at = call - MOVE_BYTES;
	int32_t value;

	for (; at >= call - LOOK_BACK; at--) {
		memcpy(&value, at + 1, sizeof(value));
		if (*at == move && value >= 0 && value < 256)
			return value;
	}
	return -1;
}

/* Says which kind it is where the callee alone does not; false: none. */
static bool refine(const uint8_t *call, enum kernel_site_kind *kind)
{
	int constant;

	if (*kind == KERNEL_SITE_BARRIER &&
	    constant_before(call, 0xbf) == __ATOMIC_RELEASE)
		*kind = KERNEL_SITE_RELEASE;
	if (*kind != KERNEL_SITE_ATOMIC)
		return true;
	constant = constant_before(call, 0xba);
	return constant >= 0 && (constant & VTB_ACCESS_ATOMIC);
}

/* Is it the second half of the site found last? */
static bool goes_on(const struct kernel_site *last, const uint8_t *call,
		    enum kernel_site_kind kind)
{
	return last->kind == kind && kind == KERNEL_SITE_BARRIER &&
	       call - (const uint8_t *)last->last_pc <= MOVE_BYTES;
}

static void add_site(const uint8_t *call, enum kernel_site_kind kind)
{
	const void *pc = call + CALL_BYTES;
	struct kernel_site *site, *grown;
	size_t i;

	if (table.nr && goes_on(&table.sites[table.nr - 1], call, kind)) {
		table.sites[table.nr - 1].last_pc = pc;
		return;
	}
	if (!(table.nr & (table.nr - 1))) {
		grown = realloc(table.sites, (table.nr ? 2 * table.nr : 1) *
					     sizeof(*grown));
		sim_assert(grown);
		table.sites = grown;
	}
	site = &table.sites[table.nr];
	*site = (struct kernel_site){
		.function = kernel_symbol(call, NULL),
		.kind = kind,
		.nth = 1,
		.pc = pc,
		.last_pc = pc,
	};
	for (i = 0; i < table.nr; i++)
		site->nth += table.sites[i].kind == kind &&
			     !strcmp(table.sites[i].function, site->function);
	table.nr++;
}

static void on_call(void *arg, const void *pc, const char *callee)
{
	const uint8_t *call = (const uint8_t *)pc - CALL_BYTES;
	enum kernel_site_kind kind;
	size_t i;

	(void)arg;
	for (i = 0; i < sizeof(callees) / sizeof(callees[0]); i++) {
		if (!matches(callees[i].name, callee))
			continue;
		kind = callees[i].kind;
		if (refine(call, &kind))
			add_site(call, kind);
		return;
	}
}

size_t kernel_sites(const struct kernel_site **sites)
{
	if (!table.tried)
		kernel_calls_under_test(on_call, NULL);
	table.tried = true;
	*sites = table.sites;
	return table.nr;
}

size_t kernel_site_name(const struct kernel_site *site, char *text, size_t size)
{
	int n = snprintf(text, size, "%s:%s:%u", site->function,
			 kind_names[site->kind], site->nth);

	return n < 0 ? 0 : (size_t)n;
}

const struct kernel_site *kernel_site_find(const char *name)
{
	const struct kernel_site *sites;
	size_t nr = kernel_sites(&sites), i;
	char text[KERNEL_SITE_NAME];

	for (i = 0; i < nr; i++) {
		kernel_site_name(&sites[i], text, sizeof(text));
		if (!strcmp(text, name))
			return &sites[i];
	}
	return NULL;
}

void kernel_ignore(struct sim *sim, const struct kernel_site *site)
{
	struct kernel_host *host = sim_kernel(sim);

	if (!host)
		return;
	host->ignored_pc = site ? (uintptr_t)site->pc : 0;
	host->ignored_bytes = site ? (uintptr_t)site->last_pc -
				     (uintptr_t)site->pc + 1 : 0;
}

int vtb_is_ignored(const void *site)
{
	return kernel__ignores(kernel__thread()->instance->host, site);
}
