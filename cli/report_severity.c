/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report_severity.c - how bad a finding is
 *
 * docs/report.md says it to users: the kind of harm gives the level, and what
 * no attacker can bring about by himself lowers it, one step for each.
 */
#include <string.h>

#include "report.h"

static const char *const levels[] = { "low", "medium", "high", "critical" };

/* An oracle is known by its name or by what the name begins with. */
struct harm {
	const char *text;
	int level;
	const char *oracles;		/* words; '*' at the end: any rest */
};

static const struct harm harms[] = {
	{ "memory is read or written that is not the code's own", 3,
	  "heap-* stack-* global-* use-after-* double-free invalid-free bad-free "
	  "wild-addr-* stray-* container-overflow unknown-crash list-corruption "
	  "freed-* granted-free shared-free invalid-* object-size" },
	{ "the other side reaches memory that it must not", 3,
	  "stale-translation stale-pasid stale-iotlb iotlb-rights private-frame "
	  "shared-frame shared-after-kexec foreign-* unbound-dma unpinned-access "
	  "window-outside wrong-translation wrong-frame wrong-directory "
	  "not-granted still-granted slot-shared out-of-reach secret* "
	  "stale-bytes map-over wrong-alias wrote-readonly reused" },
	{ "a decision is made on data that changed after it was checked", 3,
	  "double-fetch" },
	{ "data is lost or invented without an error", 2,
	  "lost-* invented-* wrong-bytes stale-slot half-done disagreement" },
	{ "the kernel or an actor stops", 1,
	  "hang livelock deadlock kernel-bug panic null-deref assert no-answer "
	  "unexpected-exception rcu-stall self-wait lost-wakeup" },
	{ "the order of accesses is left to chance", 1, "data-race" },
	{ "a rule of the kernel is broken", 1,
	  "kernel-warn lock-* sleep-in-atomic bad-lock unlock-* broken-rule "
	  "schedule-in-* wait-in-* srcu-* requester-id iommu-protocol protocol" },
	{ "something countable is not given back", 1,
	  "leak wrong-account quota-* page-refcount unbalanced-* pasid-twice" },
	{ "a call does something else than it says", 0, "wrong-* spurious-*" },
};

static bool is_word(const char *word, size_t length, const char *name)
{
	if (word[length - 1] == '*')
		return !strncmp(name, word, length - 1);
	return strlen(name) == length && !memcmp(word, name, length);
}

static bool is_one_of(const char *words, const char *name)
{
	while (*words) {
		size_t length = strcspn(words, " ");

		if (is_word(words, length, name))
			return true;
		words += length;
		words += strspn(words, " ");
	}
	return false;
}

/* The first that has the name: exact ones stand before patterns. */
static const struct harm *find_harm(const char *oracle, int exit_code)
{
	static const struct harm safety = { "a rule of safety is broken", 2, "" };
	static const struct harm liveness = { "something stops", 1, "" };
	size_t i;

	for (i = 0; i < sizeof(harms) / sizeof(harms[0]); i++)
		if (is_one_of(harms[i].oracles, oracle))
			return &harms[i];
	return exit_code == VTB_EXIT_LIVENESS ? &liveness : &safety;
}

struct report_severity report_severity(const char *oracle, int exit_code,
				       const json_t *needs)
{
	const struct harm *harm = find_harm(oracle, exit_code);
	bool faults = json_array_size(json_object_get(needs, "faults"));
	bool abuse = json_is_true(json_object_get(needs, "abuse"));
	int level = harm->level - faults - abuse;

	return (struct report_severity){
		.name = levels[level > 0 ? level : 0],
		.harm = harm->text,
		.why = faults && abuse ? "lowered twice: it takes a call that "
					 "fails, and profile abuse" :
		       faults ? "lowered: it takes a call that fails" :
		       abuse ? "lowered: no caller in the tree does that "
			       "(profile abuse)" : "",
	};
}
