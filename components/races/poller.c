// SPDX-License-Identifier: GPL-2.0-only
/*
 * poller.c - delayed work that arms itself again, and its teardown
 *
 *    start           kick                 work              stop
 *    -----           ----                 ----              ----
 *    alloc           lock                 sample            lock
 *    lock            slot -> poller       arm again         slot = NULL
 *    slot = poller   mod_delayed_work     (until rounds     unlock
 *    arm             unlock               are over)         cancel_..._sync
 *    unlock                                                 free
 *
 * Life: once the slot is empty nobody else can arm the work, and when
 * cancel_delayed_work_sync() returns it neither waits nor runs, so what is left
 * has one owner. Both steps in this order are what makes the free safe.
 *
 * Locking: poller_lock protects the slots. The work takes no lock: waiting for
 * it under poller_lock would be fine, but nothing needs it.
 */
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "races_services.h"

#define POLLER_SAMPLES	4

/*
 * struct poller - one that is going
 * @work:	takes a sample each @period jiffies
 * @samples:	the last of them; freed with the poller
 * @rounds:	samples still to be taken; the work's own
 */
struct poller {
	struct delayed_work work;
	unsigned long period;
	unsigned int rounds;
	unsigned long *samples;
};

static DEFINE_MUTEX(poller_lock);
static struct poller *pollers[RACES_SLOTS]; /* by poller_lock */

static void poller_sample(struct work_struct *work)
{
	struct poller *poller = container_of(to_delayed_work(work),
					     struct poller, work);

	if (!poller->rounds)
		return;
	poller->rounds--;
	poller->samples[poller->rounds % POLLER_SAMPLES] = jiffies;
	schedule_delayed_work(&poller->work, poller->period);
}

static void poller_free(struct poller *poller)
{
	kfree(poller->samples);
	kfree(poller);
}

static struct poller *poller_alloc(const struct races_poller *arg)
{
	struct poller *poller = kzalloc(sizeof(*poller), GFP_KERNEL);

	if (!poller)
		return NULL;
	poller->samples = kcalloc(POLLER_SAMPLES, sizeof(*poller->samples),
				  GFP_KERNEL);
	if (!poller->samples) {
		kfree(poller);
		return NULL;
	}
	INIT_DELAYED_WORK(&poller->work, poller_sample);
	poller->period = arg->period;
	poller->rounds = arg->rounds;
	return poller;
}

int poller_start(const struct races_poller *arg)
{
	struct poller *poller = poller_alloc(arg);

	if (!poller)
		return -ENOMEM;
	mutex_lock(&poller_lock);
	if (pollers[arg->slot]) {
		mutex_unlock(&poller_lock);
		poller_free(poller);
		return -EBUSY;
	}
	pollers[arg->slot] = poller;
	schedule_delayed_work(&poller->work, poller->period);
	mutex_unlock(&poller_lock);
	return 0;
}

/* A sample now; the next one a period later. */
int poller_kick(unsigned int slot)
{
	struct poller *poller;
	int rc = -ENOENT;

	mutex_lock(&poller_lock);
	poller = pollers[slot];
	if (poller) {
		mod_delayed_work(system_wq, &poller->work, 0);
		rc = 0;
	}
	mutex_unlock(&poller_lock);
	return rc;
}

int poller_stop(unsigned int slot)
{
	struct poller *poller;

	mutex_lock(&poller_lock);
	poller = pollers[slot];
	pollers[slot] = NULL;
	mutex_unlock(&poller_lock);
	if (!poller)
		return -ENOENT;
	cancel_delayed_work_sync(&poller->work);
	poller_free(poller);
	return 0;
}

void poller_release_all(void)
{
	unsigned int slot;

	for (slot = 0; slot < RACES_SLOTS; slot++)
		poller_stop(slot);
}
