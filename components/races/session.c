// SPDX-License-Identifier: GPL-2.0-only
/*
 * session.c - a table that is read under RCU and whose entries are replaced
 *
 *    slot --> session (refs 1) <-- user (refs + 1), may sleep
 *               ^
 *               '-- reader, in rcu_read_lock(), may not sleep
 *
 * Life: the slot has one reference. Who takes it out drops that reference; who
 * drops the last one hands the session to kfree_rcu(), so a reader that has
 * found it can look at it until it leaves its read-side section. To keep it for
 * longer a reader takes a reference, which it only gets while there is one.
 *
 * @check is the complement of @value from before the session is published until
 * its memory is given back: a reader sees both or a bug.
 *
 * Locking: session_lock serialises those who change slots.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "races_services.h"

struct session {
	u32 value;
	u32 check;
	refcount_t refs;
	struct rcu_head rcu;
};

static DEFINE_MUTEX(session_lock);
static struct session __rcu *sessions[RACES_SLOTS];

static void session_put(struct session *session)
{
	if (session && refcount_dec_and_test(&session->refs))
		kfree_rcu(session, rcu);
}

/* Puts @session, which may be NULL, into the slot; returns what was there. */
static struct session *session_replace(unsigned int slot,
				       struct session *session)
{
	struct session *old;

	mutex_lock(&session_lock);
	old = rcu_replace_pointer(sessions[slot], session,
				  lockdep_is_held(&session_lock));
	mutex_unlock(&session_lock);
	return old;
}

int session_set(unsigned int slot, u32 value)
{
	struct session *session = kmalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return -ENOMEM;
	session->value = value;
	session->check = ~value;
	refcount_set(&session->refs, 1);
	session_put(session_replace(slot, session));
	return 0;
}

int session_del(unsigned int slot)
{
	struct session *old = session_replace(slot, NULL);

	if (!old)
		return -ENOENT;
	session_put(old);
	return 0;
}

static int session_read(const struct session *session, u32 *value)
{
	*value = session->value;
	return session->check == ~*value ? 0 : -EILSEQ;
}

int session_get(unsigned int slot, u32 *value)
{
	const struct session *session;
	int rc = -ENOENT;

	rcu_read_lock();
	session = rcu_dereference(sessions[slot]);
	if (session)
		rc = session_read(session, value);
	rcu_read_unlock();
	return rc;
}

/* Keeps the session over a sleep of @hold jiffies and looks at it then. */
int session_use(unsigned int slot, unsigned int hold, u32 *value)
{
	struct session *session;
	int rc;

	rcu_read_lock();
	session = rcu_dereference(sessions[slot]);
	if (session && !refcount_inc_not_zero(&session->refs))
		session = NULL;
	rcu_read_unlock();
	if (!session)
		return -ENOENT;
	schedule_timeout_uninterruptible(hold);
	rc = session_read(session, value);
	session_put(session);
	return rc;
}

void session_release_all(void)
{
	unsigned int slot;

	for (slot = 0; slot < RACES_SLOTS; slot++)
		session_del(slot);
}
