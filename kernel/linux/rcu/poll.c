// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll.c - asking whether a grace period has passed
 *
 * A cookie is the number of the grace period it waits for (grace.c); the full
 * form has it twice, since normal and expedited grace periods are one here.
 */
#include <linux/export.h>
#include <linux/rcupdate.h>
#include "internal.h"

/* Number of a grace period before the first. */
#define LONG_AGO	1

static void wait(const char *name, unsigned long caller, unsigned long cookie)
{
	if (!vtb_gp_done(cookie)) {
		vtb_gp_ordered();
		vtb_gp_request(cookie);
		vtb_rcu_wait(name, caller, vtb_gp_done, cookie);
	}
	vtb_gp_passed();
}

static unsigned long cookie_now(void)
{
	vtb_gp_ordered();
	return vtb_gp_next();
}

static bool has_passed(unsigned long cookie)
{
	if (!vtb_gp_done(cookie))
		return false;
	vtb_gp_passed();
	return true;
}

static struct rcu_gp_oldstate full(unsigned long cookie)
{
	return (struct rcu_gp_oldstate){
		.rgos_norm = cookie,
		.rgos_exp = cookie,
	};
}

unsigned long get_completed_synchronize_rcu(void)
{
	return LONG_AGO;
}
EXPORT_SYMBOL_GPL(get_completed_synchronize_rcu);

void get_completed_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	*state = full(LONG_AGO);
}
EXPORT_SYMBOL_GPL(get_completed_synchronize_rcu_full);

unsigned long get_state_synchronize_rcu(void)
{
	return cookie_now();
}
EXPORT_SYMBOL_GPL(get_state_synchronize_rcu);

void get_state_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	*state = full(cookie_now());
}
EXPORT_SYMBOL_GPL(get_state_synchronize_rcu_full);

unsigned long start_poll_synchronize_rcu(void)
{
	unsigned long cookie = cookie_now();

	vtb_gp_request(cookie);
	return cookie;
}
EXPORT_SYMBOL_GPL(start_poll_synchronize_rcu);

void start_poll_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	*state = full(start_poll_synchronize_rcu());
}
EXPORT_SYMBOL_GPL(start_poll_synchronize_rcu_full);

unsigned long start_poll_synchronize_rcu_expedited(void)
{
	return start_poll_synchronize_rcu();
}
EXPORT_SYMBOL_GPL(start_poll_synchronize_rcu_expedited);

void start_poll_synchronize_rcu_expedited_full(struct rcu_gp_oldstate *state)
{
	start_poll_synchronize_rcu_full(state);
}
EXPORT_SYMBOL_GPL(start_poll_synchronize_rcu_expedited_full);

bool poll_state_synchronize_rcu(unsigned long cookie)
{
	return has_passed(cookie);
}
EXPORT_SYMBOL_GPL(poll_state_synchronize_rcu);

bool poll_state_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	return has_passed(state->rgos_norm);
}
EXPORT_SYMBOL_GPL(poll_state_synchronize_rcu_full);

void cond_synchronize_rcu(unsigned long cookie)
{
	wait("cond_synchronize_rcu", _RET_IP_, cookie);
}
EXPORT_SYMBOL_GPL(cond_synchronize_rcu);

void cond_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	wait("cond_synchronize_rcu_full", _RET_IP_, state->rgos_norm);
}
EXPORT_SYMBOL_GPL(cond_synchronize_rcu_full);

void cond_synchronize_rcu_expedited(unsigned long cookie)
{
	wait("cond_synchronize_rcu_expedited", _RET_IP_, cookie);
}
EXPORT_SYMBOL_GPL(cond_synchronize_rcu_expedited);

void cond_synchronize_rcu_expedited_full(struct rcu_gp_oldstate *state)
{
	wait("cond_synchronize_rcu_expedited_full", _RET_IP_,
	     state->rgos_norm);
}
EXPORT_SYMBOL_GPL(cond_synchronize_rcu_expedited_full);
