/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing is left behind.
 *
 *   1. After a report, good or bad, the kernel holds what it held before it:
 *      memory, pins, mappings, locks, queued work. Reports keep nothing.
 *   2. At the end of a program, with logging off again, it holds what it held
 *      when the device had just been opened.
 *
 * Assumptions. One thread at a time calls into the driver of a host, so the
 * difference over a call is the call's. What the kernel does on its own
 * (timers, work) does not allocate. Pages that the allocator keeps as stock are
 * not in the account; user pages are the VMM's.
 *
 * Identity: the kind of thing, the function that allocated it, the op.
 */
#include <stdio.h>
#include <string.h>

#include <worlds/account.h>
#include "migration.h"

/* @process may be asked for details: the caller is one of its threads. */
static void raise_leak(struct host *host, const struct account_leak *d,
		       bool may_ask, unsigned long since)
{
	const struct host_backend *backend = host->world->backend;
	char function[SIM_FINDING_WORD] = "", text[96] = "";
	char why[SIM_FINDING_TEXT];

	if (may_ask && backend->describe_leak &&
	    backend->describe_leak(host->process, since, text, sizeof(text),
				   function, sizeof(function)))
		text[0] = function[0] = '\0';
	snprintf(why, sizeof(why), "%lu before, %lu after%s%s", d->before,
		 d->after, text[0] ? "; one is " : "", text);
	migration_raise(host, VTB_EXIT_SAFETY, "leak", d->object, function,
			"the kernel holds more than before", why);
}

/*
 * Taking an account is a walk over all that is held, so the one after a report
 * serves as the one before the next, as long as nothing comes in between.
 */
void account_oracle_begin(struct host *host)
{
	const struct host_backend *backend = host->world->backend;

	if (host->call.account_known)
		return;
	backend->account(host->process, &host->call.before);
	host->call.serial = backend->alloc_serial(host->process);
	host->call.account_known = true;
}

void account_oracle_end(struct host *host)
{
	struct vtb_account after;
	struct account_leak d;

	host->world->backend->account(host->process, &after);
	if (account_find_leak(&host->call.before, &after, &d))
		raise_leak(host, &d, true, host->call.serial);
	host->call.before = after;
}

void account_oracle_forget(struct host *host)
{
	host->call.account_known = false;
}

void account_oracle_final(struct host *host)
{
	struct vtb_account now;
	struct account_leak d;

	host->world->backend->account_peek(host->kernel, &now);
	if (account_find_leak(&host->baseline, &now, &d))
		raise_leak(host, &d, false, 0);
}
