/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results that the interface allows.
 *
 *   1. A call that cannot be right is refused.
 *   2. An errno says something true: -EFAULT only if memory was missing (or a
 *      fault was injected), -EOVERFLOW only for a range that wraps, -EIO and
 *      -ETIMEDOUT only if the device failed or lied, -EINVAL only for bad
 *      arguments or the wrong state.
 *   3. It follows that a good call with a good device and good memory has to
 *      succeed: -ENOMEM is the only other errno, and always possible.
 *
 * Assumptions. Which of several errors of one call is told is open. A report
 * may ask for memory at whole words of its bitmap, as the interface declares
 * it. As VFIO has it, a range whose iova + length is 2^64 has already wrapped.
 * Nobody says how an empty range is refused.
 */
#include <errno.h>
#include <sim/decide.h>
#include <stdio.h>
#include "migration.h"

static void raise_result(struct host *host, const char *oracle, int64_t result,
			 const char *why)
{
	char what[SIM_FINDING_TEXT];
	char object[SIM_FINDING_WORD];

	snprintf(what, sizeof(what), "the call returned %lld",
		 (long long)result);
	if (result < 0)
		snprintf(object, sizeof(object), "errno-%lld",
			 (long long)-result);
	else
		snprintf(object, sizeof(object), "success");
	migration_raise(host, VTB_EXIT_SAFETY, oracle, object, "", what, why);
}

/* Faults injected so far into this run. */
static uint64_t faults(const struct host *host)
{
	const struct sim *sim = host->world->world.sim;

	return (uint64_t)sim_failures(sim, SIM_DECIDE_FAIL_PIN) +
	       sim_failures(sim, SIM_DECIDE_FAIL_UCOPY);
}

static uint64_t device_faults(const struct host *host)
{
	return sim_failures(host->world->world.sim, SIM_DECIDE_FAIL_IO);
}

void result_oracle_begin(struct host *host)
{
	host->call.faults = faults(host);
	host->call.device_faults = device_faults(host);
	host->call.was_on = vmm_log(host->vmm)->on;
}

static bool device_is_good(const struct host *host)
{
	return dma_tracker_behaviour(host->tracker) == DMA_HONEST &&
	       device_faults(host) == host->call.device_faults;
}

/* What may be wrong with a call, as far as its errno can tell. */
struct excuse {
	bool argument;			/* -EINVAL, -E2BIG */
	bool wraps;			/* -EOVERFLOW */
	bool memory;			/* -EFAULT */
	bool anything;			/* any errno will do */
};

static void check_errno(struct host *host, const struct excuse *excuse,
			int64_t result)
{
	bool ok;

	switch (-result) {
	case ENOMEM:
		ok = true;
		break;
	case EINVAL:
	case E2BIG:
		ok = excuse->argument;
		break;
	case EOVERFLOW:
		ok = excuse->wraps;
		break;
	case EFAULT:
		ok = excuse->memory || faults(host) != host->call.faults;
		break;
	case EIO:
	case ETIMEDOUT:
		ok = !device_is_good(host);
		break;
	default:
		ok = result == 0;
	}
	if (!ok && !(result < 0 && excuse->anything))
		raise_result(host, "wrong-result", result,
			     "nothing about the call explains it");
}

void result_oracle_report(struct host *host, const struct vmm_report *report,
			  int64_t result)
{
	const struct excuse excuse = {
		.argument = !vmm_log(host->vmm)->on,
		.anything = !report->length,
		.wraps = report->iova + report->length < report->iova,
		.memory = !vmm_report_writable(host->vmm, report),
	};

	check_errno(host, &excuse, result);
	if (result >= 0 && !vmm_log(host->vmm)->on)
		raise_result(host, "accepted", result, "logging is off");
	if (result >= 0 && excuse.wraps)
		raise_result(host, "accepted", result, "the range wraps");
}

/* Why a start has to be refused. */
static const char *start_fault(const struct host *host,
			       const struct vmm_log *asked,
			       struct excuse *excuse)
{
	const char *why = NULL;
	uint32_t i, j;

	if (!asked->nr_ranges || asked->nr_ranges > DMA_TRACKER_MAX_RANGES)
		why = "number of ranges";
	for (i = 0; i < asked->nr_ranges; i++) {
		const struct vmm_range *a = &asked->ranges[i];

		if (a->iova + a->length < a->iova)
			excuse->wraps = true;
		if (!a->length)
			why = "an empty range";
		if ((a->iova | a->length) & (asked->page_size - 1))
			why = "a range that is not aligned";
		for (j = 0; j < i; j++)
			if (a->iova - asked->ranges[j].iova <
				asked->ranges[j].length ||
			    asked->ranges[j].iova - a->iova < a->length)
				why = "ranges overlap";
	}
	if (host->call.was_on)
		why = "logging is on already";
	excuse->argument = why != NULL;
	return why ? why : excuse->wraps ? "a range wraps" : NULL;
}

void result_oracle_start(struct host *host, const struct vmm_log *asked,
			 int64_t result)
{
	struct excuse excuse = { 0 };
	const char *why = start_fault(host, asked, &excuse);

	check_errno(host, &excuse, result);
	if (result >= 0 && why)
		raise_result(host, "accepted", result, why);
}

void result_oracle_stop(struct host *host, int64_t result)
{
	const struct excuse none = { 0 };

	check_errno(host, &none, result);
}
