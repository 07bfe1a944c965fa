/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver that makes no mistake, random work, and hardware in all its moods:
 * the ledger has nothing to say. Then one mistake at a time, which it must see.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <sim/prng.h>
#include <sim/snapshot.h>
#include <sim/trace.h>
#include <stdio.h>
#include <string.h>
#include <worlds/ledger.h>
#include "iommu_bench.h"

#define SEEDS		24
#define STEPS		250
#define PLAIN		IOMMU_NO_PASID
#define PASID		70
#define DOMAIN		7
#define PAGES		6
#define FIRST_PAGE	0x40000ull
#define GUEST_TABLES	5		/* guest pages 1 to 4, and room */
#define GUEST_PAGES	12
#define VA_PAGE		0x7f0000000ull
#define LEAF		(VTD_PRESENT | VTD_FL_WRITE | VTD_FL_USER)

enum mistake {
	NONE,
	NO_IOTLB,		/* unmap without IOTLB invalidation */
	WRONG_PAGE,		/* one page further */
	NO_DEVICE_TLB,
	DEVICE_TLB_FIRST,
	NO_WAIT,		/* invalidation is queued, nobody waits */
	NO_PASID_CACHE,		/* unbind */
	NO_PASID_IOTLB,
	NO_GUEST_INVALIDATION,
	MISTAKES,
};

struct soak {
	struct bench *b;
	struct ledger *ledger;
	struct sim_prng prng;
	enum mistake mistake;
	struct space space;
	uint32_t second;
	uint32_t first;
	bool mapped[PAGES];
	bool bound;
	uint64_t guest[PAGES];		/* guest page behind VA_PAGE + i */
};

static uint64_t below(struct soak *s, uint64_t n)
{
	return sim_prng_below(&s->prng, n);
}

static bool over(struct soak *s)
{
	return sim_finding_get(s->b->sim);
}

/* -- devices -- */

static void random_dma(struct soak *s)
{
	struct pci_device *device = below(s, 2) ? s->b->device : s->b->other;
	bool pasid = device == s->b->device && below(s, 2);
	struct pci_dma dma = {
		.address = ((pasid ? VA_PAGE : FIRST_PAGE) + below(s, PAGES)) *
			   PAGE + below(s, 2) * 0xf80,
		.bytes = 8 + below(s, 2) * 0x100,
		.pasid = pasid ? PASID : PLAIN,
		.write = below(s, 2),
		.stamp = LEAF,	/* harmless in a guest's table */
	};

	pci_device_dma(device, &dma);
}

/* -- the driver -- */

static void finish_queue(struct soak *s)
{
	uint32_t done = ++s->b->next_wait;
	const uint64_t *status = word(s->b, STATUS * PAGE);

	queue(s->b, WAIT_WORD(VTD_WAIT_SW, done), STATUS * PAGE);
	while (!over(s) && s->mistake != NO_WAIT && (uint32_t)*status != done) {
		const struct sim_run_options slice = {
			.until_ns = sim_now_ns(s->b->sim) + 300,
		};

		sim_run(s->b->sim, &slice);
		if (!below(s, 3))
			random_dma(s);
	}
}

static void invalidate_devices(struct soak *s, uint64_t address)
{
	if (s->mistake == NO_DEVICE_TLB)
		return;
	queue(s->b, DEVICE_TLB_WORD(OTHER_RID),
	      below(s, 2) ? address : ~0ull << 12 | VTD_DEVICE_TLB_SIZE);
}

static void invalidate_page(struct soak *s, uint64_t page)
{
	uint64_t address = page * PAGE;

	if (s->mistake == DEVICE_TLB_FIRST) {
		invalidate_devices(s, address);
		finish_queue(s);
	}
	if (s->mistake == WRONG_PAGE)
		queue(s->b, IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN), address + PAGE);
	else if (s->mistake != NO_IOTLB)
		queue(s->b, IOTLB_WORD(below(s, 2) ? VTD_IOTLB_PAGE :
				       VTD_IOTLB_DOMAIN, DOMAIN), address);
	if (s->mistake != DEVICE_TLB_FIRST)
		invalidate_devices(s, address);
	finish_queue(s);
}

static void tell(struct soak *s, uint32_t space, uint64_t page, uint64_t target,
		 uint32_t rights)
{
	const struct ledger_map map = {
		.space = space,
		.rights = rights,
		.page = page,
		.nr = 1,
		.targets = &target,
	};

	assert_true(ledger_map(s->ledger, &map));
}

static void map_or_unmap(struct soak *s, unsigned int i)
{
	uint64_t page = FIRST_PAGE + i, frame = DATA + 64 + below(s, 8);
	uint32_t rights = below(s, 4) ? RW : R;

	if (s->mapped[i]) {
		ledger_unmap(s->ledger, s->second, page, page);
		map(s->b, &s->space, page * PAGE, 0, 0);
		invalidate_page(s, page);
	} else {
		tell(s, s->second, page, frame, rights);
		map(s->b, &s->space, page * PAGE, frame * PAGE, rights);
	}
	ledger_settle(s->ledger, s->second, page, page, true);
	s->mapped[i] = !s->mapped[i];
}

static void bind_or_unbind(struct soak *s)
{
	const struct ledger_binding binding = {
		.requester_id = DEVICE_RID,
		.pasid = PASID,
		.first = s->first,
		.second = s->second,
	};

	if (s->bound) {
		ledger_unbind(s->ledger, DEVICE_RID, PASID);
		unbind(s->b, DEVICE_RID, PASID);
		if (s->mistake != NO_PASID_CACHE)
			queue(s->b, PASID_CACHE_WORD(VTD_PC_PASID, DOMAIN,
						     PASID), 0);
		if (s->mistake != NO_PASID_IOTLB)
			queue(s->b, PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN,
						PASID), 0);
		finish_queue(s);
	} else {
		assert_true(ledger_bind(s->ledger, &binding));
		bind(s->b, DEVICE_RID, PASID, &s->space);
	}
	ledger_settle_binding(s->ledger, DEVICE_RID, PASID, true);
	s->bound = !s->bound;
}

/* -- the guest -- */

static void guest_edit(struct soak *s, unsigned int i)
{
	uint64_t old = s->guest[i], page = VA_PAGE + i, moment;
	uint64_t new = below(s, 3) ? GUEST_TABLES +
		       below(s, GUEST_PAGES - GUEST_TABLES) : 0;

	ledger_unmap(s->ledger, s->first, page, page);
	if (new)
		tell(s, s->first, page, new, RW);
	*word(s->b, (DATA + 4) * PAGE + (page & 511) * 8) =
		new ? new * PAGE | LEAF : 0;
	s->guest[i] = new;
	moment = ledger_now(s->ledger);
	if (old && s->mistake != NO_GUEST_INVALIDATION) {
		queue(s->b, PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, PASID),
		      page * PAGE | VTD_QI_IH);
		finish_queue(s);
	}
	ledger_settle_before(s->ledger, s->first, page, page, moment);
}

/* -- a run -- */

static void build_guest(struct soak *s)
{
	unsigned int i;

	for (i = 0; i < GUEST_PAGES; i++) {
		tell(s, s->second, i, DATA + i, RW);
		map(s->b, &s->space, i * PAGE, (DATA + i) * PAGE, RW);
	}
	ledger_settle(s->ledger, s->second, 0, GUEST_PAGES - 1, true);
	for (i = 1; i < 4; i++)
		*word(s->b, (DATA + i) * PAGE +
		      (VA_PAGE >> 9 * (4 - i) & 511) * 8) = (i + 1) * PAGE | LEAF;
	s->space.first = PAGE;
}

static void bind_plain(struct soak *s, struct pci_device *device)
{
	const struct ledger_binding binding = {
		.requester_id = pci_device_requester_id(device),
		.pasid = PLAIN,
		.second = s->second,
	};

	bind(s->b, binding.requester_id, 0, &s->space);
	assert_true(ledger_bind(s->ledger, &binding));
	ledger_settle_binding(s->ledger, binding.requester_id, PLAIN, true);
	ledger_watch(s->ledger, device);
}

static void build(struct soak *s, const struct sim_plan *plan)
{
	const struct iommu_options iommu = { .fault_records = 8 };
	struct ledger_options options = { .max_pages = 256 };

	s->b = bench_new(&iommu);
	bench_on(s->b);
	options.machine = s->b->machine;
	s->ledger = ledger_new(s->b->sim, &options);
	space_new(s->b, &s->space, DOMAIN);
	s->second = ledger_space(s->ledger, 0, true);
	s->first = ledger_space(s->ledger, 0, false);
	bind_plain(s, s->b->device);
	bind_plain(s, s->b->other);
	build_guest(s);
	*context_of(s->b, OTHER_RID) |= VTD_CONTEXT_DTE;
	pci_device_set_ats(s->b->other, true);
	sim_set_plan(s->b->sim, plan);
}

static void step(struct soak *s)
{
	switch (below(s, 8)) {
	case 0:
	case 1:
		map_or_unmap(s, below(s, PAGES));
		break;
	case 2:
		bind_or_unbind(s);
		break;
	case 3:
		guest_edit(s, below(s, PAGES));
		break;
	default:
		random_dma(s);
		break;
	}
}

struct outcome {
	uint64_t dma;			/* requests let through, added up */
	uint64_t trace_hash;
	uint64_t state_hash;
};

/* True if the ledger had something to say. */
static bool soak(uint64_t seed, enum mistake mistake, struct outcome *outcome)
{
	struct sim_plan plan = {
		.strategy = SIM_RANDOM,
		.seed = seed,
		.fail_num = {
			[SIM_DECIDE_PEER] = 16384,
			[SIM_DECIDE_DELAY] = 32768,
		},
	};
	struct soak s = {
		.prng = { .stream = sim_prng_stream(seed, 1) },
		.mistake = mistake,
	};
	const struct sim_finding *finding;
	struct iommu_stats stats;
	unsigned int i;
	bool found;

	build(&s, &plan);
	for (i = 0; i < STEPS && !over(&s); i++)
		step(&s);
	if (!over(&s))
		run(s.b);
	finding = sim_finding_get(s.b->sim);
	if (finding && mistake == NONE)
		fail_msg("seed %u, step %u: %s: %s", (unsigned int)seed, i,
			 finding->oracle, finding->why);
	iommu_stats(s.b->iommu, &stats);
	outcome->dma += stats.requests - stats.faults;
	outcome->trace_hash = sim_trace_hash(s.b->sim);
	outcome->state_hash = sim_state_hash(s.b->sim);
	found = finding;
	bench_free(s.b);
	return found;
}

static void test_no_mistake(void **state)
{
	struct outcome outcome = { 0 };
	uint64_t seed;

	for (seed = 0; seed < SEEDS; seed++)
		soak(seed, NONE, &outcome);
	/* It was not silent because nothing went on. */
	assert_true(outcome.dma > SEEDS * STEPS / 4);
}

static void test_same_again(void **state)
{
	struct outcome first = { 0 }, second = { 0 }, other = { 0 };

	soak(7, NONE, &first);
	soak(7, NONE, &second);
	soak(8, NONE, &other);
	assert_true(first.trace_hash == second.trace_hash);
	assert_true(first.state_hash == second.state_hash);
	assert_true(first.trace_hash != other.trace_hash);
}

static void test_mistakes(void **state)
{
	struct outcome outcome = { 0 };
	enum mistake mistake;
	uint64_t seed;

	for (mistake = NO_IOTLB; mistake < MISTAKES; mistake++) {
		for (seed = 0; seed < SEEDS; seed++)
			if (soak(seed, mistake, &outcome))
				break;
		if (seed == SEEDS)
			fail_msg("mistake %u was never seen", mistake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_mistake),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
