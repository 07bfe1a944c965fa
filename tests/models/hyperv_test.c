/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv_test.c - private and shared memory, and the hypervisor that changes it
 *
 * No kernel: calls are made as the CPUs of a machine would make them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include <models/hyperv.h>
#include <models/snp.h>
#include <sim/bulk.h>
#include <sim/decide.h>

#define FRAMES		16
#define BITS		46
#define BOUNDARY	(1ull << BITS)
#define INPUT		1		/* frame with the input of calls */
#define GHCB		2
#define HOST		3		/* number of the machine */
#define ON		1ull
#define SELF		UINT64_MAX

static struct sim *sim;
static struct machine *machine;
static struct snp *snp;
static struct hyperv *hv;
static char broken[128];

static void rule_broken(void *arg, const char *object, const char *what)
{
	snprintf(broken, sizeof(broken), "%s: %s", object, what);
}

static int setup(void **state)
{
	const struct machine_options m = { .name = "vm", .nr_frames = FRAMES };
	struct snp_options s = { .host = HOST, .boundary = BOUNDARY };
	struct hyperv_options h = {
		.isolation = HYPERV_SNP, .boundary_bits = BITS,
		.rule_broken = rule_broken,
	};
	const struct sim_options options = { .region_slot = 1 };

	sim = sim_new(&options);
	machine = machine_new(sim, &m);
	sim_frames_set_class(machine_memory(machine), 0, FRAMES,
			     SIM_FRAME_HOT);
	s.machine = h.machine = machine;
	h.snp = snp = snp_new(sim, &s);
	hv = hyperv_new(sim, &h);
	machine_msr_write(machine, 0, 0x40000000, 0x8100);
	machine_msr_write(machine, 0, 0x40000001, ON);
	broken[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	sim_free(sim);
	return 0;
}

static void write_frame(uint64_t frame, unsigned int offset, uint64_t value)
{
	char *data = sim_frame_data(machine_memory(machine), frame);

	sim_bulk_move(data + offset, &value, sizeof(value));
}

static uint64_t read_frame(uint64_t frame, unsigned int offset)
{
	const char *data = sim_frame_data(machine_memory(machine), frame);
	uint64_t value;

	sim_bulk_move(&value, data + offset, sizeof(value));
	return value;
}

/* Frames [first, first + nr) by one call. */
static uint64_t change(uint64_t first, unsigned int nr, uint32_t visibility)
{
	unsigned int i;

	write_frame(INPUT, 0, SELF);
	write_frame(INPUT, 8, visibility);
	for (i = 0; i < nr; i++)
		write_frame(INPUT, 16 + i * 8, first + i);
	return machine_hypercall(machine, HVCALL_MODIFY_VISIBILITY,
				 HVCALL_MODIFY_VISIBILITY |
				 (uint64_t)nr << 32, INPUT * 4096, 0);
}

/* -- memory --------------------------------------------------------------- */

static void private_memory_is_noise_to_the_host(void **state)
{
	uint64_t value = 0x1234;

	write_frame(5, 8, 0x1234);
	assert_int_equal(snp_host_read(snp, 5 * 4096 + 8, &value, 8), 0);
	assert_int_not_equal(value, 0x1234);
	assert_int_equal(snp_host_write(snp, 5 * 4096 + 8, &value, 8),
			 -EACCES);
	assert_int_equal(read_frame(5, 8), 0x1234);
	assert_int_equal(snp_host_read(snp, FRAMES * 4096, &value, 8),
			 -EFAULT);
	assert_int_equal(snp_host_write(snp, BOUNDARY + FRAMES * 4096ull,
					&value, 8), -EFAULT);
}

static void a_change_takes_content_away(void **state)
{
	uint64_t value, first;

	write_frame(5, 8, 0x1234);
	assert_int_equal(snp_set_state(snp, 5, SNP_SHARED), 0);
	assert_int_equal(snp_set_state(snp, 5, SNP_SHARED), -EALREADY);
	first = read_frame(5, 8);
	assert_int_not_equal(first, 0x1234);
	value = 0x77;
	assert_int_equal(snp_host_write(snp, BOUNDARY + 5 * 4096 + 8, &value,
					8), 0);
	assert_int_equal(read_frame(5, 8), 0x77);
	assert_int_equal(snp_nr_shared(snp), 1);
	assert_int_equal(snp_set_state(snp, 5, SNP_PRIVATE), 0);
	assert_int_not_equal(read_frame(5, 8), 0x77);
	assert_int_not_equal(read_frame(5, 8), first);
	assert_int_equal(snp_nr_shared(snp), 0);
}

static void who_may_look_is_state_of_the_frame(void **state)
{
	uint64_t host = sim_party_bit(HOST, SIM_PARTY_CPU), value = 0;
	const struct sim_frame *f = sim_frame(machine_memory(machine), 6);

	assert_int_equal(f->readers & host, 0);
	snp_set_state(snp, 6, SNP_SHARED_READ);
	assert_int_not_equal(f->readers & host, 0);
	assert_int_equal(f->writers & host, 0);
	assert_int_equal(snp_host_write(snp, 6 * 4096, &value, 8), -EACCES);
	snp_set_state(snp, 6, SNP_SHARED);
	assert_int_not_equal(f->writers & host, 0);
	snp_set_state(snp, 6, SNP_PRIVATE);
	assert_int_equal((f->readers | f->writers) & host, 0);
}

static void what_crosses_frames_is_whole_or_not_at_all(void **state)
{
	char text[16] = "fifteen letters";

	snp_set_state(snp, 7, SNP_SHARED);
	assert_int_equal(snp_host_write(snp, 8 * 4096 - 8, text, 16), -EACCES);
	snp_set_state(snp, 8, SNP_SHARED);
	assert_int_equal(snp_host_write(snp, 8 * 4096 - 8, text, 16), 0);
	memset(text, 0, sizeof(text));
	assert_int_equal(snp_host_read(snp, 8 * 4096 - 8, text, 16), 0);
	assert_string_equal(text, "fifteen letters");
}

static void only_one_address_can_be_used(void **state)
{
	const void *const *pcs;

	assert_false(sim_is_barred(sim, snp_peek(snp, 5), &pcs));
	snp_set_state(snp, 5, SNP_SHARED);
	assert_true(sim_is_barred(sim, snp_peek(snp, 5), &pcs));
	snp_set_state(snp, 5, SNP_PRIVATE);
	assert_false(sim_is_barred(sim, snp_peek(snp, 5), &pcs));
}

/* -- calls ---------------------------------------------------------------- */

static void pages_are_shared_and_hidden(void **state)
{
	assert_int_equal(change(4, 3, 3), 3ull << 32);
	assert_int_equal(snp_state(snp, 4), SNP_SHARED);
	assert_int_equal(snp_state(snp, 6), SNP_SHARED);
	assert_int_equal(snp_state(snp, 7), SNP_PRIVATE);
	assert_true(hyperv_asked_to_share(hv, 6));
	assert_int_equal(change(5, 1, 0), 1ull << 32);
	assert_int_equal(snp_state(snp, 5), SNP_PRIVATE);
	assert_false(hyperv_asked_to_share(hv, 5));
	assert_string_equal(broken, "");
}

struct bad_call {
	uint64_t control;
	uint64_t input;
	uint64_t words[2];		/* head of the input */
	const char *broken;
	uint64_t status;
};

static void broken_rules_are_told(void **state)
{
	const uint64_t call = HVCALL_MODIFY_VISIBILITY, one = call | 1ull << 32;
	const uint64_t at = INPUT * 4096;
	const struct bad_call calls[] = {
		{ one | 1ull << 60, at, { SELF, 3 }, "reserved bit", 3 },
		{ one | 1ull << 27, at, { SELF, 3 }, "reserved bit", 3 },
		{ one | 1ull << 48, at, { SELF, 3 }, "first repetition", 3 },
		{ call, at, { SELF, 3 }, "has none", 3 },
		{ one | 1ull << 16, at, { SELF, 3 }, "without such input", 3 },
		{ one | 1ull << 17, at, { SELF, 3 }, "without such input", 3 },
		{ one, at + 4, { SELF, 3 }, "aligned", 4 },
		{ one, FRAMES * 4096, { SELF, 3 }, "no memory is", 3 },
		{ call | 511ull << 32, at, { SELF, 3 }, "end of a page", 3 },
		{ one, at, { 7, 3 }, "guest's own", 5 },
		{ one, at, { SELF, 2 }, "none of those", 5 },
		{ one, at, { SELF, 3 | 1ull << 32 }, "none of those", 5 },
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		broken[0] = '\0';
		write_frame(INPUT, 0, calls[i].words[0]);
		write_frame(INPUT, 8, calls[i].words[1]);
		write_frame(INPUT, 16, 4);
		assert_int_equal(machine_hypercall(machine, call,
						   calls[i].control,
						   calls[i].input, 0),
				 calls[i].status);
		assert_non_null(strstr(broken, calls[i].broken));
		assert_int_equal(snp_nr_shared(snp), 0);
	}
}

static void pages_are_looked_at_one_by_one(void **state)
{
	assert_int_equal(change(FRAMES - 1, 2, 3), 5 | 1ull << 32);
	assert_non_null(strstr(broken, "is no memory"));
	assert_int_equal(snp_state(snp, FRAMES - 1), SNP_SHARED);
	assert_int_equal(change(9, 1, 0), 1ull << 32);
	assert_non_null(strstr(broken, "never shared"));
}

/* Decision @nth of @kind has @value, and no other is taken. */
static void decide(enum sim_decision_kind kind, uint32_t value)
{
	static struct sim_override override;
	static struct sim_plan plan;

	override = (struct sim_override){ .kind = kind, .value = value };
	plan = (struct sim_plan){
		.strategy = SIM_REPLAY, .overrides = &override,
		.nr_overrides = 1,
	};
	sim_set_plan(sim, &plan);
}

static void a_host_stops_half_way(void **state)
{
	hyperv_set_powers(hv, HYPERV_HALVES);
	decide(SIM_DECIDE_PEER, 2);
	assert_int_equal(change(4, 5, 3), 2ull << 32);
	assert_int_equal(snp_nr_shared(snp), 2);
	hyperv_set_powers(hv, HYPERV_REFUSES);
	decide(SIM_DECIDE_FAIL_IO, 4);
	assert_int_equal(change(4, 5, 3) >> 32, 3);
	assert_int_equal(snp_nr_shared(snp), 3);
	assert_true(hyperv_asked_to_share(hv, 8));
	hyperv_set_powers(hv, 0);
	decide(SIM_DECIDE_FAIL_IO, 4);
	assert_int_equal(change(4, 5, 3), 5ull << 32);
	assert_string_equal(broken, "");
}

static uint64_t claimed(void *arg, const struct machine_hypercall *call)
{
	*(uint64_t *)arg = call->input;
	return HV_INVALID_PARAMETER;
}

static void calls_can_be_claimed(void **state)
{
	uint64_t input = 0;

	assert_int_equal(machine_hypercall(machine, 0x5d, 0x5d, 42, 0),
			 HV_INVALID_CODE);
	assert_int_equal(hyperv_claim(hv, 0x5d, claimed, &input), 0);
	assert_int_equal(hyperv_claim(hv, 0x5d, claimed, &input), -EBUSY);
	assert_int_equal(machine_hypercall(machine, 0x5d, 0x5d, 42, 0),
			 HV_INVALID_PARAMETER);
	assert_int_equal(input, 42);
}

static void without_a_page_there_are_no_calls(void **state)
{
	hyperv_reset(hv);
	change(4, 1, 3);
	assert_non_null(strstr(broken, "before the hypercall page"));
	machine_msr_write(machine, 0, 0x40000001, ON);
	assert_non_null(strstr(broken, "said what it is"));
	assert_int_equal(machine_msr_read(machine, 0, 0x40000001), 0);
}

static void cpuid_says_how_memory_is_isolated(void **state)
{
	uint32_t regs[MACHINE_CPUID_REGS];

	machine_cpuid(machine, 0x40000003, 0, regs);
	assert_int_equal(regs[1], 1u << 22);
	machine_cpuid(machine, 0x4000000c, 0, regs);
	assert_int_equal(regs[0], 1);
	assert_int_equal(regs[1], HYPERV_SNP | 1u << 5 | BITS << 6);
	machine_cpuid(machine, 0x40000009, 0, regs);
	assert_int_equal(regs[0] | regs[1] | regs[2] | regs[3], 0);
	assert_int_equal(machine_shared_boundary(machine), BOUNDARY);
}

static void registers_are_of_a_vcpu(void **state)
{
	machine_msr_write(machine, 1, 0x40000090, 0x55);
	assert_int_equal(machine_msr_read(machine, 1, 0x40000090), 0x55);
	assert_int_equal(machine_msr_read(machine, 0, 0x40000090), 0);
	assert_int_equal(machine_msr_read(machine, 1, 0x40000002), 1);
	assert_string_equal(broken, "");
	machine_msr_write(machine, 1, 0x40000002, 0);
	assert_non_null(strstr(broken, "cannot be"));
	machine_msr_read(machine, 1, 0x1b);
	assert_non_null(strstr(broken, "there is not"));
}

/* -- GHCB ----------------------------------------------------------------- */

static void set_field(unsigned int offset, uint64_t value)
{
	unsigned int bit = offset / 8;
	unsigned int word = 0x3f0 + bit / 64 * 8;

	write_frame(GHCB, offset, value);
	write_frame(GHCB, word, read_frame(GHCB, word) | 1ull << bit % 64);
}

static void begin_exit(uint64_t code, bool write)
{
	write_frame(GHCB, 0x3f0, 0);
	write_frame(GHCB, 0x3f8, 0);
	write_frame(GHCB, 0xff8, 0);
	set_field(0x390, code);
	set_field(0x398, write);
	set_field(0x3a0, 0);
	set_field(0x308, 0x40000093);
}

static void share_ghcb(void)
{
	change(GHCB, 1, 3);
	machine_msr_write(machine, 0, 0xc0010130, BOUNDARY + GHCB * 4096);
}

static void registers_go_by_the_ghcb(void **state)
{
	share_ghcb();
	begin_exit(0x7c, true);
	set_field(0x1f8, 0x89abcdef);
	set_field(0x310, 0x1234567);
	machine_vmgexit(machine, 0);
	assert_int_equal((uint32_t)read_frame(GHCB, 0x398), 0);
	begin_exit(0x7c, false);
	machine_vmgexit(machine, 0);
	assert_int_equal(read_frame(GHCB, 0x1f8), 0x89abcdef);
	assert_int_equal(read_frame(GHCB, 0x310), 0x1234567);
	assert_string_equal(broken, "");
	/* As the host left it: rax and rdx are valid. */
	set_field(0x398, 0);
	machine_vmgexit(machine, 0);
	assert_non_null(strstr(broken, "does not use"));
}

static void an_exit_needs_its_fields(void **state)
{
	share_ghcb();
	begin_exit(0x7c, true);
	machine_vmgexit(machine, 0);
	assert_non_null(strstr(broken, "is not valid"));
	assert_int_not_equal((uint32_t)read_frame(GHCB, 0x398), 0);
	begin_exit(0x7b, false);
	machine_vmgexit(machine, 0);
	assert_int_not_equal((uint32_t)read_frame(GHCB, 0x398), 0);
}

static void versions_are_agreed_on(void **state)
{
	uint64_t answer;

	machine_msr_write(machine, 0, 0xc0010130, 2);
	machine_vmgexit(machine, 0);
	answer = machine_msr_read(machine, 0, 0xc0010130);
	assert_int_equal(answer & 0xfff, 1);
	assert_int_equal(answer >> 48, 2);
	assert_int_equal(answer >> 32 & 0xffff, 1);
}

static void an_isolated_guest_has_no_log_for_the_host(void **state)
{
	machine_msr_write(machine, 0, 0x40000105, 1ull << 63);
	assert_string_equal(broken, "");
	machine_msr_write(machine, 0, 0x40000104, 10);
	machine_msr_write(machine, 0, 0x40000105, 3ull << 62);
	assert_non_null(strstr(broken, "log"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(private_memory_is_noise_to_the_host),
		TEST(a_change_takes_content_away),
		TEST(who_may_look_is_state_of_the_frame),
		TEST(what_crosses_frames_is_whole_or_not_at_all),
		TEST(only_one_address_can_be_used),
		TEST(pages_are_shared_and_hidden),
		TEST(broken_rules_are_told),
		TEST(pages_are_looked_at_one_by_one),
		TEST(a_host_stops_half_way),
		TEST(calls_can_be_claimed),
		TEST(without_a_page_there_are_no_calls),
		TEST(cpuid_says_how_memory_is_isolated),
		TEST(registers_are_of_a_vcpu),
		TEST(registers_go_by_the_ghcb),
		TEST(an_exit_needs_its_fields),
		TEST(versions_are_agreed_on),
		TEST(an_isolated_guest_has_no_log_for_the_host),
	};

	return cmocka_run_group_tests_name("hyperv", tests, NULL, NULL);
}
