/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger of Xen, with hand-made tables: what it says of a granter and a mapper
 * that do right, and of each thing they can do wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/xen_abi.h>
#include <models/xen_ledger.h>

enum { GUEST = 1, PEER = 2, REF = 20, TABLE = 3, PAGE = 5, HOLE = 7 };

static struct {
	struct sim *sim;
	struct machine *machines[2];
	struct xen_ledger *ledger;
	const char *oracle;		/* of the first complaint */
	const char *object;
} t;

static void complain(void *arg, const struct xen_complaint *complaint)
{
	(void)arg;
	if (t.oracle)
		return;
	t.oracle = complaint->oracle;
	t.object = complaint->object;
}

static void *table(void)
{
	return sim_frame_data(machine_memory(t.machines[0]), TABLE);
}

static void set_entry(uint32_t ref, uint16_t flags, uint16_t domid,
		      uint32_t frame)
{
	const uint16_t head[2] = { flags, domid };
	char *entry = (char *)table() + ref * GNTTAB_V1_ENTRY_BYTES;

	memcpy(entry, head, sizeof(head));
	memcpy(entry + 4, &frame, sizeof(frame));
}

static void own(uint64_t frame)
{
	sim_frames_set_class(machine_memory(t.machines[0]), frame, 1,
			     SIM_FRAME_HOT);
}

static int setup(void **state)
{
	const struct sim_options options = { 0 };
	const struct xen_ledger_options ledger = { .complain = complain };
	uint16_t i;

	(void)state;
	memset(&t, 0, sizeof(t));
	t.sim = sim_new(&options);
	t.ledger = xen_ledger_new(t.sim, &ledger);
	for (i = 0; i < 2; i++) {
		const struct machine_options machine = { "m", i, 16 };

		t.machines[i] = machine_new(t.sim, &machine);
		xen_ledger_domain(t.ledger, GUEST + i, t.machines[i], !i);
	}
	own(TABLE);
	own(PAGE);
	xen_ledger_table(t.ledger, GUEST, 0, TABLE);
	set_entry(0, GTF_PERMIT_ACCESS, XEN_BUILDER_DOMID, 1);
	set_entry(1, GTF_PERMIT_ACCESS, XEN_BUILDER_DOMID, 2);
	set_entry(REF, GTF_PERMIT_ACCESS, PEER, PAGE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sim_free(t.sim);
	return 0;
}

static const struct xen_pin by_peer = {
	.mapper = PEER, .granter = GUEST, .ref = REF, .frame = PAGE,
	.at = XEN_NO_FRAME, .write = true,
};

/* The peer maps @REF, as a hypervisor does it. */
static void map(void)
{
	set_entry(REF, GTF_PERMIT_ACCESS | GTF_READING | GTF_WRITING, PEER,
		  PAGE);
	xen_ledger_mapped(t.ledger, 0, &by_peer);
}

static void assert_said(const char *oracle, const char *object)
{
	assert_non_null(t.oracle);
	assert_string_equal(t.oracle, oracle);
	assert_string_equal(t.object, object);
}

static void test_right(void **state)
{
	(void)state;
	map();
	xen_ledger_judge(t.ledger);
	assert_true(xen_ledger_pinned(t.ledger, GUEST, REF));
	assert_int_equal(xen_ledger_pins(t.ledger, PEER, GUEST), 1);
	xen_ledger_unmapped(t.ledger, 0);
	set_entry(REF, 0, 0, 0);
	sim_frames_set_class(machine_memory(t.machines[0]), PAGE, 1,
			     SIM_FRAME_FREE);
	xen_ledger_judge(t.ledger);
	assert_int_equal(xen_ledger_pins(t.ledger, 0, GUEST), 0);
	assert_null(t.oracle);
}

static void test_not_granted(void **state)
{
	(void)state;
	set_entry(REF, GTF_PERMIT_ACCESS | GTF_READONLY, PEER, PAGE);
	xen_ledger_mapped(t.ledger, 0, &by_peer);
	assert_said("not-granted", "grant");
}

static void test_cleared_in_use(void **state)
{
	(void)state;
	map();
	set_entry(REF, 0, PEER, PAGE);
	xen_ledger_judge(t.ledger);
	assert_said("reused", "grant");
}

static void test_given_away_in_use(void **state)
{
	(void)state;
	map();
	own(PAGE + 1);
	set_entry(REF, GTF_PERMIT_ACCESS | GTF_READING | GTF_WRITING, PEER,
		  PAGE + 1);
	xen_ledger_judge(t.ledger);
	assert_said("reused", "grant");
}

static void test_freed_in_use(void **state)
{
	(void)state;
	map();
	sim_frames_set_class(machine_memory(t.machines[0]), PAGE, 1,
			     SIM_FRAME_FREE);
	xen_ledger_unmapped(t.ledger, 0);
	assert_said("freed-mapped", "grant");
}

static void test_free_is_granted(void **state)
{
	(void)state;
	sim_frames_set_class(machine_memory(t.machines[0]), PAGE, 1,
			     SIM_FRAME_FREE);
	xen_ledger_judge(t.ledger);
	assert_said("granted-free", "frame");
}

static void test_reserved(void **state)
{
	(void)state;
	set_entry(0, 0, 0, 0);
	xen_ledger_judge(t.ledger);
	assert_said("not-granted", "reserved");
}

static void test_unmapped_twice(void **state)
{
	(void)state;
	map();
	xen_ledger_unmapped(t.ledger, 0);
	assert_null(t.oracle);
	xen_ledger_unmapped(t.ledger, 0);
	assert_said("not-mapped", "handle");
}

static const struct xen_pin by_guest = {
	.mapper = GUEST, .granter = PEER, .ref = 1, .frame = 2, .at = HOLE,
};

/* Entry 1 of the peer's table, which is its frame 1. */
static void peer_grants(void)
{
	struct sim_memory *memory = machine_memory(t.machines[1]);
	const uint16_t head[4] = { GTF_PERMIT_ACCESS, GUEST, 2, 0 };

	sim_frames_set_class(memory, 0, 16, SIM_FRAME_COLD);
	memcpy((char *)sim_frame_data(memory, 1) + 8, head, sizeof(head));
	xen_ledger_table(t.ledger, PEER, 0, 1);
}

static void test_over_memory(void **state)
{
	(void)state;
	peer_grants();
	xen_ledger_mapped(t.ledger, 0, &by_guest);
	assert_said("map-over", "frame");
}

static void test_hole(void **state)
{
	(void)state;
	peer_grants();
	xen_ledger_hole(t.ledger, GUEST, HOLE);
	xen_ledger_mapped(t.ledger, 0, &by_guest);
	assert_null(t.oracle);
	xen_ledger_filled(t.ledger, GUEST, HOLE);
	assert_said("freed-mapped", "frame");
}

static void test_given_back_twice(void **state)
{
	(void)state;
	xen_ledger_hole(t.ledger, GUEST, HOLE);
	assert_null(t.oracle);
	xen_ledger_hole(t.ledger, GUEST, HOLE);
	assert_said("no-owner", "frame");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_right), TEST(test_not_granted),
		TEST(test_cleared_in_use), TEST(test_given_away_in_use),
		TEST(test_freed_in_use), TEST(test_free_is_granted),
		TEST(test_reserved), TEST(test_unmapped_twice),
		TEST(test_over_memory), TEST(test_hole),
		TEST(test_given_back_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
