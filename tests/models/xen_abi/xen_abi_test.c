/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our headers of Xen's public interface, by number, size and place, against Xen's
 * own: what the hypervisor under test has, and what the models have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "facts.h"

static void compare(const struct fact *ours, const struct fact *theirs,
		    unsigned int nr)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < nr; i++) {
		if (ours[i].value == theirs[i].value)
			continue;
		print_error("%s is 0x%llx, and Xen's %s is 0x%llx\n",
			    ours[i].name, (unsigned long long)ours[i].value,
			    theirs[i].name,
			    (unsigned long long)theirs[i].value);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void hypervisor_has_what_xen_has(void **state)
{
	(void)state;
	assert_int_equal(nr_public_ours, nr_public_theirs);
	compare(public_ours, public_theirs, nr_public_ours);
}

static void models_have_what_xen_has(void **state)
{
	(void)state;
	assert_int_equal(nr_models_ours, nr_models_theirs);
	compare(models_ours, models_theirs, nr_models_ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hypervisor_has_what_xen_has),
		cmocka_unit_test(models_have_what_xen_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
