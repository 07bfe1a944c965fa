/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference translation, against an IOMMU whose driver is this test: what
 * it must not mind, and what it must not miss.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <worlds/ledger.h>
#include "iommu_bench.h"

#define PLAIN		IOMMU_NO_PASID
#define PASID		70
#define DOMAIN		7
#define FRAME(n)	(DATA + (n))
#define IOVA(page)	((uint64_t)(page) * PAGE)
#define FIRST		100	/* pages of IOVA space in use: 100 and on */
#define ALICE		1
#define BOB		2

struct fixture {
	struct bench *b;
	struct ledger *ledger;
	struct space space;
	uint32_t second;		/* the same, in the ledger */
};

static struct fixture fixture;

static const char *op_name(void *arg, uint32_t op)
{
	static const char *const names[] = { "world", "map", "unmap", "dma" };

	return names[op];
}

static void make(const struct iommu_options *iommu,
		 const struct ledger_options *given)
{
	struct ledger_options options = *given;
	const struct ledger_binding plain = {
		.requester_id = DEVICE_RID,
		.pasid = PLAIN,
		.owner = ALICE,
	};
	struct ledger_binding binding = plain;

	memset(&fixture, 0, sizeof(fixture));
	fixture.b = bench_new(iommu);
	bench_on(fixture.b);
	space_new(fixture.b, &fixture.space, DOMAIN);
	bind(fixture.b, DEVICE_RID, 0, &fixture.space);
	options.machine = fixture.b->machine;
	options.op_name = op_name;
	fixture.ledger = ledger_new(fixture.b->sim, &options);
	ledger_watch(fixture.ledger, fixture.b->device);
	fixture.second = ledger_space(fixture.ledger, ALICE, true);
	binding.second = fixture.second;
	assert_true(ledger_bind(fixture.ledger, &binding));
	ledger_settle_binding(fixture.ledger, DEVICE_RID, PLAIN, true);
}

static int setup(void **state)
{
	const struct iommu_options iommu = { 0 };
	const struct ledger_options ledger = { .max_pages = 16 };

	make(&iommu, &ledger);
	*state = &fixture;
	return 0;
}

/* An old unit, which drains what it is asked to. */
static int setup_drains_on_request(void **state)
{
	const struct iommu_options iommu = { .drains_on_request = true };
	const struct ledger_options ledger = { 0 };

	make(&iommu, &ledger);
	*state = &fixture;
	return 0;
}

static int setup_late_landings(void **state)
{
	const struct iommu_options iommu = { .drains_on_request = true };
	const struct ledger_options ledger = { .late_landings = true };

	make(&iommu, &ledger);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	bench_free(((struct fixture *)*state)->b);
	return 0;
}

/* -- a driver with its mistakes -- */

static bool tell_map(struct fixture *f, uint32_t space, uint64_t page,
		     uint64_t target, uint32_t rights)
{
	const struct ledger_map map = {
		.space = space,
		.rights = rights,
		.page = page,
		.nr = 1,
		.targets = &target,
	};

	return ledger_map(f->ledger, &map);
}

static void do_map(struct fixture *f, uint64_t page, uint64_t frame)
{
	assert_true(tell_map(f, f->second, page, frame, RW));
	map(f->b, &f->space, IOVA(page), frame * PAGE, RW);
	ledger_settle(f->ledger, f->second, page, page, true);
}

/* @word0: an invalidation, or 0 for none. */
static void do_unmap(struct fixture *f, uint64_t page, uint64_t word0)
{
	uint32_t op = sim_op(f->b->sim);

	ledger_unmap(f->ledger, f->second, page, page);
	map(f->b, &f->space, IOVA(page), 0, 0);
	if (word0)
		queue(f->b, word0, IOVA(page));
	flush(f->b);
	/* No fiber: running has charged others. */
	sim_set_op(f->b->sim, op);
	ledger_settle(f->ledger, f->second, page, page, true);
}

static int write_page(struct fixture *f, uint32_t pasid, uint64_t page)
{
	return dma_write(f->b->device, pasid, IOVA(page), 1);
}

static void expect_silence(struct fixture *f)
{
	const struct sim_finding *finding = sim_finding_get(f->b->sim);

	if (finding)
		fail_msg("%s: %s (%s)", finding->oracle, finding->what,
			 finding->why);
}

static void expect_oracle(struct fixture *f, const char *oracle)
{
	expect_finding(f->b, oracle, "frame");
}

#define GOOD	IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN)

static void tell_bind(struct fixture *f, uint32_t owner, uint32_t first,
		      uint32_t second)
{
	const struct ledger_binding binding = {
		.requester_id = DEVICE_RID,
		.pasid = PASID,
		.owner = owner,
		.first = first,
		.second = second,
	};

	assert_true(ledger_bind(f->ledger, &binding));
	ledger_settle_binding(f->ledger, DEVICE_RID, PASID, true);
}

/* -- maps -- */

static void test_good_driver(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		do_map(f, FIRST + i % 3, FRAME(i % 5));
		assert_int_equal(write_page(f, PLAIN, FIRST + i % 3), 0);
		do_unmap(f, FIRST + i % 3, GOOD);
		assert_int_equal(write_page(f, PLAIN, FIRST + i % 3), -EFAULT);
	}
	expect_silence(f);
	assert_int_equal(ledger_pages(f->ledger), 0);
	assert_int_equal(ledger_bindings(f->ledger), 1);
}

static void test_stale_iotlb(void **state)
{
	struct fixture *f = *state;
	const struct sim_finding *finding;

	sim_set_op(f->b->sim, 1);
	do_map(f, FIRST, FRAME(0));
	assert_int_equal(write_page(f, PLAIN, FIRST), 0);
	sim_set_op(f->b->sim, 2);
	do_unmap(f, FIRST, 0);
	expect_silence(f);
	sim_set_op(f->b->sim, 3);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "stale-iotlb");
	finding = sim_finding_get(f->b->sim);
	assert_string_equal(finding->place[0], "unmap");
	assert_string_equal(finding->place[1], "dma");
	assert_string_equal(finding->why, "unmap (op 2), then device 0110, "
			    "no PASID, writes 0x64000 (op 3): frame 0x200");
}

static void test_wrong_invalidation(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	write_page(f, PLAIN, FIRST);
	do_unmap(f, FIRST, IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN + 1));
	expect_silence(f);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "stale-iotlb");
}

/* Before the unmap has returned both are right. */
static void test_during_unmap(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	write_page(f, PLAIN, FIRST);
	ledger_unmap(f->ledger, f->second, FIRST, FIRST);
	map(f->b, &f->space, IOVA(FIRST), 0, 0);
	assert_int_equal(write_page(f, PLAIN, FIRST), 0);
	queue(f->b, GOOD, IOVA(FIRST));
	flush(f->b);
	assert_int_equal(write_page(f, PLAIN, FIRST), -EFAULT);
	expect_silence(f);
}

static void test_failed_changes(void **state)
{
	struct fixture *f = *state;

	/* An unmap that failed has not unmapped. */
	do_map(f, FIRST, FRAME(0));
	ledger_unmap(f->ledger, f->second, FIRST, FIRST);
	ledger_settle(f->ledger, f->second, FIRST, FIRST, false);
	assert_int_equal(write_page(f, PLAIN, FIRST), 0);
	expect_silence(f);
	/* A map that failed must not have mapped. */
	assert_true(tell_map(f, f->second, FIRST + 1, FRAME(1), RW));
	map(f->b, &f->space, IOVA(FIRST + 1), FRAME(1) * PAGE, RW);
	ledger_settle(f->ledger, f->second, FIRST + 1, FIRST + 1, false);
	write_page(f, PLAIN, FIRST + 1);
	expect_oracle(f, "stale-iotlb");
}

/* The end of one op's change is not the end of another's. */
static void test_ops_apart(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	sim_set_op(f->b->sim, 1);
	ledger_unmap(f->ledger, f->second, FIRST, FIRST);
	sim_set_op(f->b->sim, 2);
	ledger_unmap(f->ledger, f->second, FIRST, FIRST);
	ledger_settle(f->ledger, f->second, FIRST, FIRST, true);
	assert_int_equal(write_page(f, PLAIN, FIRST), 0);
	expect_silence(f);
	sim_set_op(f->b->sim, 1);
	ledger_settle(f->ledger, f->second, FIRST, FIRST, true);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "stale-iotlb");
}

static void test_rights(void **state)
{
	struct fixture *f = *state;
	uint64_t value;

	assert_true(tell_map(f, f->second, FIRST, FRAME(0), LEDGER_READ));
	map(f->b, &f->space, IOVA(FIRST), FRAME(0) * PAGE, RW);
	ledger_settle(f->ledger, f->second, FIRST, FIRST, true);
	assert_int_equal(dma_read(f->b->device, PLAIN, IOVA(FIRST), &value), 0);
	expect_silence(f);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "iotlb-rights");
}

static void test_wrong_translation(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	map(f->b, &f->space, IOVA(FIRST), FRAME(1) * PAGE, RW);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "wrong-translation");
}

static void test_lost_mapping(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	map(f->b, &f->space, IOVA(FIRST), 0, 0);
	assert_int_equal(write_page(f, PLAIN, FIRST), -EFAULT);
	expect_oracle(f, "lost-mapping");
}

/* Nobody promised that code may be fetched from it. */
static void test_special_refusal(void **state)
{
	struct fixture *f = *state;
	struct pci_dma dma = {
		.address = IOVA(FIRST),
		.bytes = 8,
		.pasid = PASID,
		.execute = true,
	};

	do_map(f, FIRST, FRAME(0));
	tell_bind(f, ALICE, 0, f->second);
	bind(f->b, DEVICE_RID, PASID, &f->space);
	assert_int_equal(pci_device_dma(f->b->device, &dma), -EFAULT);
	expect_silence(f);
}

/* Two pages of one frame: devices keep it until the last one is gone. */
static void test_frames(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	assert_true(tell_map(f, f->second, FIRST + 1, FRAME(0), LEDGER_READ));
	ledger_settle(f->ledger, f->second, FIRST + 1, FIRST + 1, true);
	assert_true(machine_may_write(f->b->machine, FRAME(0), MACHINE_DEVICE));
	do_unmap(f, FIRST, GOOD);
	assert_false(machine_may_write(f->b->machine, FRAME(0),
				       MACHINE_DEVICE));
	assert_true(machine_may_read(f->b->machine, FRAME(0), MACHINE_DEVICE));
	do_unmap(f, FIRST + 1, GOOD);
	assert_false(machine_may_read(f->b->machine, FRAME(0), MACHINE_DEVICE));
}

static void test_room(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 16; i++)
		do_map(f, FIRST + i, FRAME(i));
	assert_false(tell_map(f, f->second, FIRST + 16, FRAME(0), RW));
	assert_int_equal(ledger_pages(f->ledger), 16);
	do_unmap(f, FIRST + 3, GOOD);
	do_map(f, FIRST + 16, FRAME(0));
	for (i = 0; i < 17; i++)
		assert_int_equal(write_page(f, PLAIN, FIRST + i),
				 i == 3 ? -EFAULT : 0);
	expect_silence(f);
}

/* More than anybody remembers; the last one still. */
static void test_history(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	for (i = 0; i < 600; i++) {
		do_map(f, FIRST + i % 7, FRAME(0));
		do_unmap(f, FIRST + i % 7, GOOD);
	}
	do_map(f, FIRST, FRAME(0));
	write_page(f, PLAIN, FIRST);
	do_unmap(f, FIRST, 0);
	assert_int_equal(ledger_pages(f->ledger), 0);
	expect_silence(f);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "stale-iotlb");
}

/* -- requests in flight -- */

/* A write that lands 200 us from now, after an unmap that asks for @flags. */
static void unmap_under_write(struct fixture *f, uint64_t flags)
{
	do_map(f, FIRST, FRAME(0));
	decide(f->b, SIM_DECIDE_DELAY, 0, 3);
	assert_int_equal(write_page(f, PLAIN, FIRST), 0);
	ledger_unmap(f->ledger, f->second, FIRST, FIRST);
	map(f->b, &f->space, IOVA(FIRST), 0, 0);
	queue(f->b, GOOD | flags, IOVA(FIRST));
	queue(f->b, WAIT_WORD(VTD_WAIT_SW, 7), STATUS * PAGE);
	while (*word(f->b, STATUS * PAGE) != 7) {
		const struct sim_run_options slice = {
			.until_ns = sim_now_ns(f->b->sim) + 1000,
		};

		sim_run(f->b->sim, &slice);
	}
	ledger_settle(f->ledger, f->second, FIRST, FIRST, true);
	run(f->b);
}

static void test_drained(void **state)
{
	unmap_under_write(*state, VTD_QI_DW);
	expect_silence(*state);
}

static void test_not_drained(void **state)
{
	unmap_under_write(*state, 0);
	expect_oracle(*state, "stale-iotlb");
}

/* What began before may land late; what begins later may not. */
static void test_late_landing(void **state)
{
	struct fixture *f = *state;

	unmap_under_write(f, 0);
	expect_silence(f);
	do_map(f, FIRST, FRAME(0));
	write_page(f, PLAIN, FIRST);
	do_unmap(f, FIRST, 0);
	write_page(f, PLAIN, FIRST);
	expect_oracle(f, "stale-iotlb");
}

/* -- bindings -- */

static void test_stale_pasid(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	tell_bind(f, ALICE, 0, f->second);
	bind(f->b, DEVICE_RID, PASID, &f->space);
	assert_int_equal(write_page(f, PASID, FIRST), 0);
	ledger_unbind(f->ledger, DEVICE_RID, PASID);
	unbind(f->b, DEVICE_RID, PASID);
	assert_int_equal(write_page(f, PASID, FIRST), 0);
	expect_silence(f);
	ledger_settle_binding(f->ledger, DEVICE_RID, PASID, true);
	write_page(f, PASID, FIRST);
	expect_oracle(f, "stale-pasid");
}

static void test_unbound(void **state)
{
	struct fixture *f = *state;

	do_map(f, FIRST, FRAME(0));
	bind(f->b, DEVICE_RID, PASID, &f->space);
	write_page(f, PASID, FIRST);
	expect_oracle(f, "unbound-dma");
}

/* Bob's PASID, Alice's table. */
static void test_foreign_pasid(void **state)
{
	struct fixture *f = *state;
	uint32_t bobs = ledger_space(f->ledger, BOB, true);

	do_map(f, FIRST, FRAME(0));
	assert_true(tell_map(f, bobs, FIRST, FRAME(1), RW));
	ledger_settle(f->ledger, bobs, FIRST, FIRST, true);
	tell_bind(f, BOB, 0, bobs);
	bind(f->b, DEVICE_RID, PASID, &f->space);
	write_page(f, PASID, FIRST);
	expect_oracle(f, "foreign-pasid");
}

/* More bindings than there is room for, one after the other. */
static void test_bindings(void **state)
{
	struct fixture *f = *state;
	struct ledger_binding binding = {
		.requester_id = DEVICE_RID, .second = f->second,
	};
	unsigned int i;

	for (i = 0; i < 200; i++) {
		tell_bind(f, ALICE, 0, f->second);
		ledger_unbind(f->ledger, DEVICE_RID, PASID);
		ledger_settle_binding(f->ledger, DEVICE_RID, PASID, true);
	}
	for (i = ledger_bindings(f->ledger); i < 64; i++) {
		binding.pasid = 1000 + i;
		assert_true(ledger_bind(f->ledger, &binding));
	}
	assert_false(ledger_bind(f->ledger, &binding));
	/* One that was refused by the host is no binding. */
	ledger_settle_binding(f->ledger, DEVICE_RID, 1001, false);
	assert_int_equal(ledger_bindings(f->ledger), 63);
	assert_true(ledger_bind(f->ledger, &binding));
}

/* The same space bound again: what is stale is the page, not the binding. */
static void test_bound_again(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	do_map(f, FIRST, FRAME(0));
	bind(f->b, DEVICE_RID, PASID, &f->space);
	for (i = 0; i < 2; i++) {
		tell_bind(f, ALICE, 0, f->second);
		write_page(f, PASID, FIRST);
		if (!i) {
			ledger_unbind(f->ledger, DEVICE_RID, PASID);
			ledger_settle_binding(f->ledger, DEVICE_RID, PASID,
					      true);
		}
	}
	do_unmap(f, FIRST, 0);
	expect_silence(f);
	write_page(f, PASID, FIRST);
	expect_oracle(f, "stale-iotlb");
}

static void test_pass_through(void **state)
{
	struct fixture *f = *state;
	const struct space none = { .domain = 9 };

	tell_bind(f, ALICE, 0, LEDGER_IDENTITY);
	bind(f->b, DEVICE_RID, PASID, &none);
	assert_int_equal(write_page(f, PASID, FRAME(9)), 0);
	expect_silence(f);
}

/* -- two stages -- */

#define VA_PAGE		0x7f0000000ull
#define LEAF		(VTD_PRESENT | VTD_FL_WRITE | VTD_FL_USER)

/* Guest pages 0 to 9 at FRAME(0) and up; a table at 1 to 4 maps VA_PAGE. */
static void bind_guest(struct fixture *f, uint32_t first)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		do_map(f, i, FRAME(i));
	for (i = 1; i < 4; i++)
		*word(f->b, FRAME(i) * PAGE +
		      (VA_PAGE >> 9 * (4 - i) & 511) * 8) = (i + 1) * PAGE | LEAF;
	f->space.first = PAGE;
	tell_bind(f, ALICE, first, f->second);
	bind(f->b, DEVICE_RID, PASID, &f->space);
}

static void guest_edit(struct fixture *f, uint64_t guest_page)
{
	*word(f->b, FRAME(4) * PAGE + (VA_PAGE & 511) * 8) =
		guest_page ? guest_page * PAGE | LEAF : 0;
}

static void test_nested(void **state)
{
	struct fixture *f = *state;
	uint32_t first = ledger_space(f->ledger, ALICE, false);
	uint64_t moment;

	bind_guest(f, first);
	guest_edit(f, 5);
	assert_true(tell_map(f, first, VA_PAGE, 5, RW));
	assert_int_equal(write_page(f, PASID, VA_PAGE), 0);
	/* Edited: the old page is right until the invalidation is done. */
	ledger_unmap(f->ledger, first, VA_PAGE, VA_PAGE);
	assert_true(tell_map(f, first, VA_PAGE, 6, RW));
	guest_edit(f, 6);
	assert_int_equal(write_page(f, PASID, VA_PAGE), 0);
	moment = ledger_now(f->ledger);
	/* An edit after the invalidation began is none of its business. */
	ledger_unmap(f->ledger, first, VA_PAGE, VA_PAGE);
	ledger_settle_before(f->ledger, first, VA_PAGE, VA_PAGE, moment);
	expect_silence(f);
	write_page(f, PASID, VA_PAGE);
	expect_oracle(f, "stale-iotlb");
}

static void test_nested_edit_after(void **state)
{
	struct fixture *f = *state;
	uint32_t first = ledger_space(f->ledger, ALICE, false);
	uint64_t moment;

	bind_guest(f, first);
	guest_edit(f, 5);
	assert_true(tell_map(f, first, VA_PAGE, 5, RW));
	assert_int_equal(write_page(f, PASID, VA_PAGE), 0);
	moment = ledger_now(f->ledger);
	ledger_unmap(f->ledger, first, VA_PAGE, VA_PAGE);
	ledger_settle_before(f->ledger, first, VA_PAGE, VA_PAGE, moment);
	assert_int_equal(write_page(f, PASID, VA_PAGE), 0);
	expect_silence(f);
}

/* A guest that writes what it likes still sees only its own memory. */
static void test_nested_any(void **state)
{
	struct fixture *f = *state;

	bind_guest(f, LEDGER_ANY);
	guest_edit(f, 5);
	assert_int_equal(write_page(f, PASID, VA_PAGE), 0);
	expect_silence(f);
	do_unmap(f, 5, 0);
	write_page(f, PASID, VA_PAGE);
	expect_oracle(f, "stale-iotlb");
}

/* A refusal is the guest's own doing, as far as the host knows. */
static void test_nested_refusal(void **state)
{
	struct fixture *f = *state;

	bind_guest(f, LEDGER_ANY);
	guest_edit(f, 0);
	assert_int_equal(write_page(f, PASID, VA_PAGE), -EFAULT);
	expect_silence(f);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_driver),
		TEST(test_stale_iotlb),
		TEST(test_wrong_invalidation),
		TEST(test_during_unmap),
		TEST(test_failed_changes),
		TEST(test_ops_apart),
		TEST(test_rights),
		TEST(test_wrong_translation),
		TEST(test_lost_mapping),
		TEST(test_special_refusal),
		TEST(test_frames),
		TEST(test_room),
		TEST(test_history),
		cmocka_unit_test_setup_teardown(test_history,
						setup_drains_on_request,
						teardown),
		TEST(test_drained),
		cmocka_unit_test_setup_teardown(test_drained,
						setup_drains_on_request,
						teardown),
		cmocka_unit_test_setup_teardown(test_not_drained,
						setup_drains_on_request,
						teardown),
		cmocka_unit_test_setup_teardown(test_late_landing,
						setup_late_landings, teardown),
		TEST(test_stale_pasid),
		TEST(test_unbound),
		TEST(test_foreign_pasid),
		TEST(test_bindings),
		TEST(test_bound_again),
		TEST(test_pass_through),
		TEST(test_nested),
		TEST(test_nested_edit_after),
		TEST(test_nested_any),
		TEST(test_nested_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
