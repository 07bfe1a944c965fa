/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program_resource_test.c - what one op makes and another uses
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fuzz/program.h>
#include <sim/fiber.h>

#include "fake_world.h"

#define ROUNDS	20000

static struct program one, two, three;
static uint8_t bytes[PROGRAM_MAX_FILE];
static char text[64u << 10], error[512];

static void parse(struct program *p, const char *from)
{
	if (program_parse(p, fake_types, "x", from, strlen(from), error,
			  sizeof(error)))
		fail_msg("%s\n%s", error, from);
}

static const char *print(const struct program *p)
{
	assert_true(program_print(p, text, sizeof(text)) < sizeof(text));
	return text;
}

/* -- text and bytes -- */

#define HEAD "vtb 1\nworld fake\nconfig ram_pages=32 page_size=4096 mode=off\n\n"

static const char by_name[] = HEAD
	"1: vmm: c = vfio_open()\n"
	"2: device: container2 = steal()\n"
	"3: vmm: p = pasid_alloc(c, min=1, max=1023)\n"
	"4: vmm: pasid4 = pasid_alloc(container2, min=0, max=0)\n"
	"5: vmm: attach(c, p, flags=dirty|sync)\n"
	"6: vmm: attach(container2, none, flags=0)\n"
	"7: vmm: close(c)\n"
	"8: vmm: attach(c, pasid4, flags=0)\n";

static void names_survive(void **state)
{
	size_t n;

	parse(&one, by_name);
	assert_string_equal(print(&one), by_name);
	assert_int_equal(one.calls[2].args[0], 1);
	assert_int_equal(one.calls[5].args[1], 0);

	n = program_encode(&one, true, bytes, sizeof(bytes));
	assert_int_equal(program_decode_strict(&two, fake_types, "x", bytes, n,
					       error, sizeof(error)), 0);
	assert_string_equal(print(&two), by_name);
	/* Fuzzers' bytes have no names, and lose nothing else. */
	n = program_encode(&one, false, bytes, sizeof(bytes));
	program_decode(&two, fake_types, bytes, n);
	assert_non_null(strstr(print(&two),
			       "5: vmm: attach(container1, pasid3, flags="));
}

static void arguments_may_have_names(void **state)
{
	parse(&one, HEAD "vmm: c = vfio_open()\n"
	      "vmm:p=pasid_alloc( max=2 , from = c,min=1)\n"
	      "vmm: attach(pasid=p, c, flags=0)\n");
	assert_int_equal(one.calls[1].args[0], 1);
	assert_int_equal(one.calls[2].args[0], 1);
	assert_int_equal(one.calls[2].args[1], 2);
}

static const struct {
	const char *ops;
	const char *says;
} mistakes[] = {
	{ "vmm: close(c)\n", "x:5:12: container: no 'c' was made before" },
	{ "vmm: close(c)\nvmm: c = vfio_open()\n", "x:5:12: " },
	{ "vmm: c = vfio_open()\nvmm: pasid_free(c)\n",
	  "x:6:17: pasid: 'c' is a container, expected a pasid" },
	{ "vmm: c = vfio_open()\nvmm: c = vfio_open()\n",
	  "x:6:6: there is a 'c' already" },
	{ "vmm: container2 = vfio_open()\nvmm: vfio_open()\n",
	  "there is a 'container2' already" },
	{ "vmm: none = vfio_open()\n", "x:5:6: a container cannot be called" },
	{ "device: k = kick()\n", "x:5:9: op kick makes nothing" },
	{ "vmm: c = vfio_open()\nvmm: close()\n", "needs argument 'container'" },
	{ "vmm: c = vfio_open()\nvmm: close(c, c)\n", "no 'c' here" },
	{ "vmm: a-name-of-16-chr = vfio_open()\n", "is too long" },
};

static void mistakes_are_named(void **state)
{
	char from[512];
	size_t i;

	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", HEAD, mistakes[i].ops);
		if (!program_parse(&one, fake_types, "x", from, strlen(from),
				   error, sizeof(error)))
			fail_msg("taken without complaint:\n%s", from);
		if (!strstr(error, mistakes[i].says))
			fail_msg("got '%s', expected '%s'", error,
				 mistakes[i].says);
	}
}

/* Names of normal programs are unique, whatever they were before. */
static void names_do_not_clash(void **state)
{
	parse(&one, HEAD "1: vmm: a = vfio_open()\n2: vmm: b = vfio_open()\n"
	      "3: vmm: c = vfio_open()\n4: device: kick()\n");
	strcpy(one.calls[0].name, "container2");
	strcpy(one.calls[1].name, "container3");
	strcpy(one.calls[2].name, "a b");
	strcpy(one.calls[3].name, "kick");
	program_normalise(&one);
	parse(&two, print(&one));
	assert_true(program_equal(&one, &two));
	assert_string_equal(one.calls[0].name, "");
	assert_string_equal(one.calls[1].name, "");
	assert_string_equal(one.calls[2].name, "");
	assert_string_equal(one.calls[3].name, "");
}

/*
 * Bytes that were written before there were resources, with and without meta
 * data.
 */
static const uint8_t old_with_meta[] = {
	0x56, 0x54, 0x42, 0x01, 0xaf, 0x78, 0xa6, 0x92, 0x59, 0xac, 0x72, 0xa0,
	0x01, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x01, 0x08, 0x00,
	0x8f, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x63, 0x6c, 0x65,
	0x61, 0x6e, 0x09, 0x6c, 0x69, 0x6e, 0x75, 0x78, 0x2d, 0x36, 0x2e, 0x31,
	0x06, 0x33, 0x66, 0x39, 0x61, 0x30, 0x63, 0x07, 0x00, 0x23, 0x20, 0x4f,
	0x6c, 0x64, 0x2e, 0x0a, 0x08, 0x00, 0x6f, 0x77, 0x6e, 0x20, 0x61, 0x2f,
	0x62, 0x0a, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x00, 0x04, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00,
	0x00, 0x00, 0x02, 0x00, 0xa1, 0xb2, 0x02, 0x00, 0x04, 0x00, 0x00, 0x10,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x1f, 0x00, 0x00, 0x05, 0x01,
	0x02, 0x00, 0x01, 0x00, 0x00,
};
static const uint8_t old_plain[] = {
	0x56, 0x54, 0x42, 0x01, 0xaf, 0x78, 0xa6, 0x92, 0x59, 0xac, 0x72, 0xa0,
	0x00, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 0x01, 0x08, 0x00,
	0x8f, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04, 0x00, 0x02,
	0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02, 0x00, 0xa1, 0xb2,
	0x02, 0x00, 0x04, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xff, 0x1f, 0x00, 0x00, 0x05, 0x01, 0x02, 0x00, 0x01, 0x00, 0x00,
};

static const char old_ops[] =
	"\n4: vmm: log_report(iova=0x1000, length=8192, flags=dirty|sync)\n"
	"2: vmm: set-mode(mode=read-only, only=7)\n\n"
	"decide pick 1 in world = 3\nfail alloc 2 in op 4\n";

static void old_bytes_are_read(void **state)
{
	if (program_decode_strict(&one, fake_types, "old", old_with_meta,
				  sizeof(old_with_meta), error, sizeof(error)))
		fail_msg("%s", error);
	assert_non_null(strstr(print(&one), "vtb 1\n# Old.\nworld other\n"));
	assert_non_null(strstr(text, old_ops));
	assert_non_null(strstr(text, "\nexpect a/b in own\nfrom linux-6.1 "));
	program_decode(&two, fake_types, old_plain, sizeof(old_plain));
	assert_non_null(strstr(print(&two), old_ops));
	assert_int_equal(program_encode(&two, false, bytes, sizeof(bytes)),
			 sizeof(old_plain));
	assert_memory_equal(bytes, old_plain, sizeof(old_plain));
}

/* -- changes -- */

static void drop(struct program *p, uint32_t at)
{
	memmove(&p->calls[at], &p->calls[at + 1],
		(p->nr_calls - at - 1) * sizeof(p->calls[0]));
	p->nr_calls--;
	program_normalise(p);
}

static void others_keep_their_bindings(void **state)
{
	parse(&one, by_name);
	drop(&one, 0);		/* c */
	/* What used c uses what else there is, the rest is as it was. */
	assert_int_equal(one.calls[1].args[0], 2);
	assert_int_equal(one.calls[2].args[0], 2);
	assert_int_equal(one.calls[3].args[0], 2);
	assert_int_equal(one.calls[3].args[1], 3);
	drop(&one, 0);
	assert_int_equal(one.calls[0].args[0], 0);	/* nothing is left */
	assert_int_equal(one.calls[2].args[1], 3);
	assert_non_null(strstr(print(&one), "attach(none, p, flags="));
}

/* How many arguments are bound, out of those that could be. */
struct bindings {
	unsigned int bound;
	unsigned int none;
	unsigned int consumed;
	unsigned int foreign;
	unsigned int nothing_there;
};

static bool is_consumed_before(const struct program *p, uint32_t key,
			       uint32_t at)
{
	uint32_t i;

	for (i = 0; i < at; i++)
		if (p->calls[i].op->nr_args &&
		    p->calls[i].op->args[0].consumes &&
		    p->calls[i].args[0] == key)
			return true;
	return false;
}

static bool is_there(const struct program *p, const char *kind, uint32_t at)
{
	uint32_t i;

	for (i = 0; i < at; i++)
		if (p->calls[i].op->produces &&
		    !strcmp(p->calls[i].op->produces, kind))
			return true;
	return false;
}

static void count_binding(const struct program *p, uint32_t at, unsigned int n,
			  struct bindings *count)
{
	const struct op *op = p->calls[at].op;
	int producer = program_producer(p, at, n);

	if (p->calls[at].args[n])
		assert_in_range(producer, 0, at - 1);
	if (producer >= 0) {
		count->bound++;
		count->consumed += is_consumed_before(p, p->calls[at].args[n],
						      at);
		count->foreign += p->calls[producer].op->actor != op->actor;
	} else if (is_there(p, op->args[n].resource, at)) {
		count->none++;
	} else {
		count->nothing_there++;
	}
}

static void count_bindings(const struct program *p, struct bindings *count)
{
	unsigned int n;
	uint32_t i;

	for (i = 0; i < p->nr_calls; i++)
		for (n = 0; n < p->calls[i].op->nr_args; n++)
			if (p->calls[i].op->args[n].type == OP_ARG_RESOURCE)
				count_binding(p, i, n, count);
}

static void expect_near_the_border(const struct bindings *count,
				   unsigned int least_percent)
{
	unsigned int all = count->bound + count->none + count->nothing_there;

	/* Most could work; of everything that cannot there is some. */
	assert_in_range(count->bound - count->consumed, all * least_percent / 100,
			all);
	assert_in_range(count->none, all / 100, all / 6);
	assert_in_range(count->consumed, all / 100, all / 3);
	assert_in_range(count->foreign, all / 100, all / 3);
	assert_in_range(count->nothing_there, 1, all / 5);
}

/* Where there is a choice: mostly what is live and one's own. */
static void references_are_mostly_good(void **state)
{
	enum { NONE, OWN, FOREIGN, CONSUMED, KEYS };
	struct sim_prng prng = { .stream = sim_prng_label("references") };
	unsigned int count[KEYS] = { 0 }, all = 0, i;
	struct op_call call;

	parse(&one, HEAD "1: vmm: own = vfio_open()\n"
	      "2: device: foreign = steal()\n"
	      "3: vmm: consumed = vfio_open()\n4: vmm: close(consumed)\n");
	for (i = 0; i < ROUNDS; i++) {
		program_random_call(&one, one.nr_calls, &call, &prng);
		if (strcmp(call.op->name, "pasid_alloc"))
			continue;
		assert_true(call.args[0] < KEYS);
		count[call.args[0]]++;
		all++;
	}
	assert_in_range(all, 500, ROUNDS);
	assert_in_range(count[OWN], all * 2 / 3, all);
	assert_in_range(count[NONE], all / 50, all / 5);
	assert_in_range(count[FOREIGN], all / 50, all / 5);
	assert_in_range(count[CONSUMED], all / 50, all / 5);
}

static void generation_is_near_the_border(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("near") };
	const struct program_random_options options = { .max_calls = 24 };
	struct bindings count = { 0 };
	int i;

	for (i = 0; i < ROUNDS / 4; i++) {
		program_random(&one, &fake_world, &prng, &options);
		count_bindings(&one, &count);
	}
	expect_near_the_border(&count, 80);
}

static void round_trip(const struct program *p)
{
	size_t n = program_encode(p, true, bytes, sizeof(bytes));

	if (program_decode_strict(&two, fake_types, "x", bytes, n, error,
				  sizeof(error)))
		fail_msg("%s", error);
	assert_true(program_equal(p, &two));
	parse(&two, print(p));
	if (!program_equal(p, &two))
		fail_msg("not the same after\n%s", text);
}

static void mutation_is_near_the_border(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("mutation") };
	const struct program_random_options options = { .max_calls = 24 };
	struct bindings count = { 0 };
	int i;

	parse(&one, by_name);
	for (i = 0; i < ROUNDS; i++) {
		program_random(&three, &fake_world, &prng, &options);
		if (i % 4 == 3)
			program_cross(&one, &three, &prng);
		else
			program_mutate(&one, &prng);
		round_trip(&one);
		count_bindings(&one, &count);
		if (one.nr_calls > 40)
			parse(&one, by_name);
	}
	/* Removing leaves more without anything to be bound to. */
	expect_near_the_border(&count, 50);
}

/* Ops that come from another program keep what they had among themselves. */
static void crossover_takes_references_along(void **state)
{
	struct sim_prng prng = { .stream = sim_prng_label("cross") };
	unsigned int pairs = 0;
	int producer, i;
	uint32_t n;

	for (i = 0; i < 1000; i++) {
		parse(&one, HEAD "1: vmm: vfio_open()\n2: vmm: vfio_open()\n"
		      "3: device: kick()\n");
		parse(&three, HEAD "1: vmm: c = vfio_open()\n"
		      "2: device: s = steal()\n3: vmm: close(s)\n");
		program_cross(&one, &three, &prng);
		for (n = 2; n < one.nr_calls; n++) {
			if (strcmp(one.calls[n].op->name, "close") ||
			    strcmp(one.calls[n - 1].op->name, "steal"))
				continue;
			producer = program_producer(&one, n, 0);
			assert_int_equal(producer, n - 1);
			pairs++;
		}
	}
	assert_in_range(pairs, 100, 1000);
}

/* -- C -- */

static const char for_a_kernel[] = HEAD
	"1: vmm: int = vfio_open()\n"
	"2: vmm: p-1 = pasid_alloc(int, min=1, max=1000)\n"
	"3: vmm: pasid_alloc(int, min=3, max=4)\n"
	"4: vmm: attach(int, p-1, flags=sync)\n"
	"5: vmm: attach(none, none, flags=0)\n"
	"6: vmm: close(int)\n"
	"7: vmm: pasid_alloc(int, min=1, max=2)\n";

static const char kernel_says[] =
	"1: vfio_open: 99\n2: pasid_alloc: 1001\n3: pasid_alloc: 7\n"
	"4: attach: 1001\n5: attach: Bad file descriptor\n6: close: 0\n"
	"7: pasid_alloc: Bad file descriptor\n";

static void c_programs_do_the_same(void **state)
{
	char dir[] = "/tmp/vtb-resource-XX" "XX" "XX", command[256];
	FILE *file;
	size_t n;

	parse(&one, for_a_kernel);
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "%s/p.c", dir);
	file = fopen(command, "w");
	assert_non_null(file);
	assert_int_equal(program_print_c(file, &one, "p"), 0);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof(command), "cd %s && "
		 "gcc -Wall -Werror -Wno-unused-parameter -o p p.c && ./p; "
		 "rm -r %s", dir, dir);
	file = popen(command, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	pclose(file);
	assert_string_equal(text, kernel_says);
}

static void what_is_no_system_call_is_named(void **state)
{
	parse(&one, HEAD "vmm: vfio_open()\ndevice: kick()\n"
	      "vmm: vfio_open()\ndevice: steal()\n");
	assert_int_equal(program_not_standalone(&one, 0), 1);
	assert_int_equal(program_not_standalone(&one, 2), 3);
	assert_int_equal(program_not_standalone(&one, 4), -ENOENT);
	assert_int_equal(program_print_c(stdout, &one, "p"), -EINVAL);
}

/* -- running -- */

struct shop {
	struct world world;
	unsigned int opened;
	uint64_t seen[8];
	unsigned int nr_seen;
};

static int64_t run_open(struct world *world, const uint64_t *args)
{
	struct shop *shop = (struct shop *)world;

	if (args[0])
		return -ENOMEM;
	if (args[1])
		sim_fiber_sleep(world->sim, args[1]);
	return 100 + shop->opened++;
}

static int64_t run_use(struct world *world, const uint64_t *args)
{
	struct shop *shop = (struct shop *)world;

	shop->seen[shop->nr_seen++] = args[0];
	return 0;
}

static const char *const shop_actors[] = { "one", "two", NULL };

static const struct op shop_ops[] = {
	{ .name = "open", .nr_args = 2, .run = run_open, .produces = "file",
	  .args = { { .name = "fail", .type = OP_ARG_INT, .bytes = 1,
		      .last = 1 },
		    { .name = "ns", .type = OP_ARG_INT, .bytes = 1,
		      .last = 100 } } },
	{ .name = "use", .actor = 1, .nr_args = 1, .run = run_use,
	  .args = { OP_RESOURCE("file", "file", "of anybody") } },
	{ .name = "close", .nr_args = 1, .run = run_use,
	  .args = { OP_CONSUMED("file", "file", "of anybody") } },
};

static const struct world_type shop_type = {
	.name = "shop", .actors = shop_actors, .ops = shop_ops, .nr_ops = 3,
};
static const struct world_type *const shop_types[] = { &shop_type, NULL };

static void shop_one(void *world)
{
	world_actor_main(world, 0);
}

static void shop_two(void *world)
{
	world_actor_main(world, 1);
}

static struct shop *open_shop(struct sim *sim)
{
	struct shop *shop = sim_alloc(sim, sizeof(*shop), 8);
	struct sim_fiber_options fiber = {
		.name = "one", .fn = shop_one, .arg = shop, .daemon = true,
	};

	world_init(&shop->world, &shop_type, sim);
	shop->world.actor[0] = sim_fiber_new(sim, &fiber);
	fiber.name = "two";
	fiber.fn = shop_two;
	shop->world.actor[1] = sim_fiber_new(sim, &fiber);
	sim_run(sim, &(struct sim_run_options){ 0 });
	return shop;
}

/* Runs @ops; what the handlers of use and close were given is in seen[]. */
static void expect_seen(const char *ops, const uint64_t *seen, unsigned int nr)
{
	struct sim *sim = sim_new(&(struct sim_options){ 0 });
	struct shop *shop = open_shop(sim);

	snprintf(text, sizeof(text), "vtb 1\nworld shop\n%s", ops);
	if (program_parse(&one, shop_types, "x", text, strlen(text), error,
			  sizeof(error)))
		fail_msg("%s", error);
	world_run(&shop->world, one.calls, one.nr_calls,
		  &(struct sim_run_options){ 0 }, NULL);
	assert_int_equal(shop->nr_seen, nr);
	assert_memory_equal(shop->seen, seen, nr * sizeof(seen[0]));
	sim_free(sim);
}

static void handlers_get_values(void **state)
{
	expect_seen("one: a = open(fail=0, ns=0)\none: b = open(fail=0, ns=0)\n"
		    "two: use(b)\none: close(a)\ntwo: use(a)\ntwo: use(none)\n",
		    (const uint64_t[]){ 101, 100, 100, OP_NO_RESOURCE }, 4);
	/* Failed, or not yet ended. */
	expect_seen("one: a = open(fail=1, ns=0)\none: b = open(fail=0, ns=9)\n"
		    "two: use(a)\ntwo: use(b)\none: close(b)\n",
		    (const uint64_t[]){ OP_NO_RESOURCE, OP_NO_RESOURCE, 100 },
		    3);
}

static void tables_are_checked(void **state)
{
	struct op ops[] = { shop_ops[0], shop_ops[2] };
	struct world_type type = shop_type;

	type.ops = ops;
	type.nr_ops = 2;
	assert_int_equal(program_check_type(&type, error, sizeof(error)), 0);
	ops[1].args[0].bytes = 4;
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	ops[1] = shop_ops[2];
	ops[0].produces = "door";
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, "no op makes such"));
	ops[0] = shop_ops[0];
	ops[0].args[0].consumes = true;
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	ops[0] = shop_ops[0];
	ops[0].args[1] = shop_ops[1].args[0];
	assert_true(program_check_type(&type, error, sizeof(error)) < 0);
	assert_non_null(strstr(error, "stand before"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_survive),
		cmocka_unit_test(arguments_may_have_names),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(names_do_not_clash),
		cmocka_unit_test(old_bytes_are_read),
		cmocka_unit_test(others_keep_their_bindings),
		cmocka_unit_test(references_are_mostly_good),
		cmocka_unit_test(generation_is_near_the_border),
		cmocka_unit_test(mutation_is_near_the_border),
		cmocka_unit_test(crossover_takes_references_along),
		cmocka_unit_test(c_programs_do_the_same),
		cmocka_unit_test(what_is_no_system_call_is_named),
		cmocka_unit_test(handlers_get_values),
		cmocka_unit_test(tables_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
