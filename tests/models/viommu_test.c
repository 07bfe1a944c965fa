/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's IOMMU and the VMM behind it: guest page n is frame DATA + n.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <models/viommu.h>
#include <sim/fiber.h>
#include <stdio.h>
#include <string.h>
#include "iommu_bench.h"

#define GUEST_PAGES	32
#define HOST(page)	((DATA + (page)) * PAGE)
#define RID		PCI_REQUESTER_ID(0, 3, 0)
#define DOMAIN		5

enum { G_ROOT = 1, G_CONTEXT, G_DIRECTORY, G_PASIDS, G_QUEUE, G_STATUS };

struct guest {
	struct sim *sim;
	struct machine *machine;
	struct viommu *viommu;
	struct iommu *unit;
	char log[512];			/* of the VMM's calls */
	int rc;				/* of the next ones */
	uint64_t sleep_ns;		/* each */
	uint32_t next_wait;
};

static struct guest guest;

static void note(const char *format, ...)
{
	size_t used = strlen(guest.log);
	va_list args;

	va_start(args, format);
	vsnprintf(guest.log + used, sizeof(guest.log) - used, format, args);
	va_end(args);
	if (guest.sleep_ns)
		sim_fiber_sleep(guest.sim, guest.sleep_ns);
}

static int do_bind(void *arg, const struct viommu_binding *binding)
{
	note("bind %x %u table %llx flags %llx; ", binding->requester_id,
	     binding->pasid, (unsigned long long)binding->table,
	     (unsigned long long)binding->flags);
	return guest.rc;
}

static int do_unbind(void *arg, const struct viommu_binding *binding)
{
	note("unbind %u table %llx; ", binding->pasid,
	     (unsigned long long)binding->table);
	return guest.rc;
}

static int do_invalidate(void *arg, const struct viommu_invalidation *what)
{
	note("invalidate %u %llx+%llu%s; ", what->pasid,
	     (unsigned long long)what->address,
	     (unsigned long long)what->nr_pages, what->leaf ? " leaf" : "");
	return guest.rc;
}

static const struct viommu_ops ops = {
	.bind = do_bind,
	.unbind = do_unbind,
	.invalidate = do_invalidate,
};

static uint64_t guest_frame(void *arg, uint64_t frame)
{
	return frame < GUEST_PAGES ? DATA + frame : UINT64_MAX;
}

static uint64_t *guest_word(uint64_t address)
{
	struct sim_memory *memory = machine_memory(guest.machine);

	return (uint64_t *)((char *)sim_frame_data(memory, DATA +
						   address / PAGE) +
			    address % PAGE);
}

static void put(unsigned int reg, unsigned int size, uint64_t value)
{
	iommu_mmio_write(guest.unit, reg, size, value);
}

/* The guest's driver at boot. */
static void guest_boot(void)
{
	*guest_word(G_ROOT * PAGE) = G_CONTEXT * PAGE | VTD_PRESENT;
	*guest_word(G_CONTEXT * PAGE + (RID & 0x7f) * 32) =
		G_DIRECTORY * PAGE | VTD_PRESENT | VTD_CONTEXT_PASIDE;
	*guest_word(G_DIRECTORY * PAGE) = G_PASIDS * PAGE | VTD_PRESENT;
	put(VTD_RTADDR, 8, G_ROOT * PAGE | VTD_RTADDR_TTM_SCALABLE);
	put(VTD_GCMD, 4, VTD_GCMD_SRTP);
	put(VTD_IQA, 8, G_QUEUE * PAGE | VTD_IQA_DW);
	put(VTD_GCMD, 4, VTD_GCMD_QIE);
	put(VTD_GCMD, 4, VTD_GCMD_QIE | VTD_GCMD_TE);
	assert_true(iommu_mmio_read(guest.unit, VTD_CAP, 8) & VTD_CAP_CM);
}

static int setup(void **state)
{
	const struct sim_options sim = { 0 };
	const struct machine_options machine = { "m", 0, FRAMES };
	struct viommu_options options = {
		.unit = { .source = 1, .frame = guest_frame },
		.ops = &ops,
		.max_pasids = 8,
	};

	memset(&guest, 0, sizeof(guest));
	guest.sim = sim_new(&sim);
	guest.machine = machine_new(guest.sim, &machine);
	sim_frames_set_class(machine_memory(guest.machine), 0, FRAMES,
			     SIM_FRAME_COLD);
	options.unit.machine = guest.machine;
	guest.viommu = viommu_new(guest.sim, &options);
	guest.unit = viommu_unit(guest.viommu);
	viommu_add_device(guest.viommu, RID);
	guest_boot();
	return 0;
}

static int teardown(void **state)
{
	sim_free(guest.sim);
	return 0;
}

static void set_pasid(uint32_t pasid, unsigned int pgtt, uint64_t table_page)
{
	uint64_t *entry = guest_word(G_PASIDS * PAGE + pasid * 64);

	entry[2] = table_page * PAGE | VTD_PASID_SRE;
	entry[1] = DOMAIN;
	entry[0] = pgtt ? (uint64_t)pgtt << VTD_PASID_PGTT_SHIFT |
			  VTD_PRESENT : 0;
}

static void guest_queue(uint64_t word0, uint64_t word1)
{
	uint64_t tail = iommu_mmio_read(guest.unit, VTD_IQT, 8);
	uint64_t *at = guest_word(G_QUEUE * PAGE + tail);

	at[0] = word0;
	at[1] = word1;
	put(VTD_IQT, 8, (tail + 32) % PAGE);
}

static void run_world(void)
{
	const struct sim_run_options forever = { 0 };

	sim_run(guest.sim, &forever);
}

static bool is_done(void)
{
	return *guest_word(G_STATUS * PAGE) == guest.next_wait;
}

/* The descriptor, a wait, and @log as what the VMM has to do meanwhile. */
static void expect_calls(uint64_t word0, uint64_t word1, const char *log)
{
	guest.log[0] = 0;
	guest_queue(word0, word1);
	guest_queue(WAIT_WORD(VTD_WAIT_SW, ++guest.next_wait),
		    G_STATUS * PAGE);
	run_world();
	assert_string_equal(guest.log, "");
	assert_false(is_done());
	assert_true(viommu_poll(guest.viommu));
	run_world();
	assert_string_equal(guest.log, log);
	assert_true(is_done());
	assert_false(viommu_poll(guest.viommu));
}

static void test_life_of_a_pasid(void **state)
{
	set_pasid(2, VTD_PGTT_FIRST, 10);
	run_world();
	assert_string_equal(guest.log, "");
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, 0, 2), 0,
		     "bind 18 2 table a000 flags 1; ");
	assert_int_equal(viommu_bindings(guest.viommu), 1);
	/* Nothing new: nothing is done. */
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, DOMAIN, 2), 0, "");
	expect_calls(PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, 2),
		     0x12345000 | 4 | VTD_QI_IH,
		     "invalidate 2 12340000+16 leaf; ");
	expect_calls(PIOTLB_WORD(VTD_PIOTLB_PAGE, DOMAIN, 2), 0x12345000,
		     "invalidate 2 12345000+1; ");
	expect_calls(PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, 2), 0,
		     "invalidate 2 0+0; ");
	expect_calls(PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, 3), 0, "");
	expect_calls(PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN + 1, 2), 0, "");
	/* Changed in place: the old one goes first. */
	set_pasid(2, VTD_PGTT_FIRST, 11);
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, DOMAIN, 2), 0,
		     "unbind 2 table a000; bind 18 2 table b000 flags 1; ");
	set_pasid(2, 0, 0);
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, DOMAIN, 2), 0,
		     "unbind 2 table b000; ");
	assert_int_equal(viommu_bindings(guest.viommu), 0);
	assert_int_equal(viommu_failures(guest.viommu), 0);
}

static void test_many(void **state)
{
	set_pasid(1, VTD_PGTT_FIRST, 10);
	set_pasid(2, VTD_PGTT_SECOND, 11);
	set_pasid(3, VTD_PGTT_PASS_THROUGH, 0);
	set_pasid(4, VTD_PGTT_FIRST, 12);
	set_pasid(9, VTD_PGTT_FIRST, 13);	/* more than the guest may */
	expect_calls(PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0,
		     "bind 18 1 table a000 flags 1; "
		     "bind 18 4 table c000 flags 1; ");
	expect_calls(IOTLB_WORD(VTD_IOTLB_PAGE, DOMAIN), 0x5000,
		     "invalidate 1 0+0; invalidate 4 0+0; ");
	expect_calls(IOTLB_WORD(VTD_IOTLB_DOMAIN, DOMAIN + 1), 0, "");
	expect_calls(CONTEXT_WORD(VTD_CONTEXT_GLOBAL, 0), 0, "");
	*guest_word(G_DIRECTORY * PAGE) = 0;
	expect_calls(PASID_CACHE_WORD(VTD_PC_DOMAIN, DOMAIN, 0), 0,
		     "unbind 1 table a000; unbind 4 table c000; ");
}

static void test_refused(void **state)
{
	set_pasid(2, VTD_PGTT_FIRST, 10);
	guest.rc = -EPERM;
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, 0, 2), 0,
		     "bind 18 2 table a000 flags 1; ");
	assert_int_equal(viommu_bindings(guest.viommu), 0);
	assert_int_equal(viommu_failures(guest.viommu), 1);
	/* The next chance is the guest's next invalidation. */
	guest.rc = 0;
	expect_calls(PASID_CACHE_WORD(VTD_PC_PASID, 0, 2), 0,
		     "bind 18 2 table a000 flags 1; ");
}

static void vmm_thread(void *arg)
{
	for (;;)
		viommu_serve(guest.viommu);
}

/* With a thread that takes its time; the guest's wait takes it, too. */
static void test_thread(void **state)
{
	const struct sim_fiber_options options = {
		.name = "vmm", .fn = vmm_thread, .daemon = true,
	};
	const struct sim_run_options early = { .until_ns = 4000 };

	assert_non_null(sim_fiber_new(guest.sim, &options));
	guest.sleep_ns = 5000;
	set_pasid(1, VTD_PGTT_FIRST, 10);
	set_pasid(2, VTD_PGTT_FIRST, 11);
	guest_queue(PASID_CACHE_WORD(VTD_PC_GLOBAL, 0, 0), 0);
	guest_queue(PIOTLB_WORD(VTD_PIOTLB_PASID, DOMAIN, 1), 0);
	guest_queue(WAIT_WORD(VTD_WAIT_SW, ++guest.next_wait),
		    G_STATUS * PAGE);
	sim_run(guest.sim, &early);
	assert_string_equal(guest.log, "bind 18 1 table a000 flags 1; ");
	assert_false(is_done());
	run_world();
	assert_true(is_done());
	assert_true(sim_now_ns(guest.sim) > 15000);
	assert_string_equal(guest.log, "bind 18 1 table a000 flags 1; "
			    "bind 18 2 table b000 flags 1; "
			    "invalidate 1 0+0; ");
}

/* A queue where the guest has no memory. */
static void test_hole(void **state)
{
	put(VTD_GCMD, 4, VTD_GCMD_TE);
	put(VTD_IQA, 8, GUEST_PAGES * PAGE | VTD_IQA_DW);
	put(VTD_GCMD, 4, VTD_GCMD_TE | VTD_GCMD_QIE);
	put(VTD_IQT, 8, 32);
	run_world();
	assert_true(iommu_mmio_read(guest.unit, VTD_FSTS, 4) & VTD_FSTS_IQE);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_life_of_a_pasid),
		TEST(test_many),
		TEST(test_refused),
		TEST(test_thread),
		TEST(test_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
