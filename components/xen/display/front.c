// SPDX-License-Identifier: GPL-2.0-only
/*
 * front.c - the life of a display frontend
 *
 *	backend			we
 *	InitWait	->	open channels, publish	-> Initialised
 *	Connected	->	go			-> Connected
 *	anything else	->	disconnect		-> Initialising
 *
 * The backend's state is told by a watch, one change at a time and late: what counts
 * is the state when it is looked at. We begin to close by saying so: a backend lets
 * go of all it has and closes, upon which we disconnect. One that does not is
 * waited for only when the driver is to go.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <xen/xen.h>

#include "front.h"

#define PATIENCE	(3 * HZ)	/* for a backend that is to close */

/* The driver has one device; who uses it has a reference. */
static struct displ_front *the_front;
static DEFINE_MUTEX(the_front_lock);

static void release_front(struct kref *kref)
{
	kfree(container_of(kref, struct displ_front, kref));
}

void displ_put(struct displ_front *front)
{
	kref_put(&front->kref, release_front);
}

struct displ_front *displ_get(void)
{
	struct displ_front *front;

	mutex_lock(&the_front_lock);
	front = the_front;
	if (front)
		kref_get(&front->kref);
	mutex_unlock(&the_front_lock);
	return front;
}

static void set_the_front(struct displ_front *front)
{
	mutex_lock(&the_front_lock);
	the_front = front;
	mutex_unlock(&the_front_lock);
}

/* -- connecting ----------------------------------------------------------- */

/* Nobody begins anything any more, and who waits is told. */
static void cut(struct displ_front *front)
{
	spin_lock_irq(&front->lock);
	front->connected = false;
	if (front->call.waiting) {
		front->call.waiting = false;
		front->call.status = -ENODEV;
		complete(&front->call.answered);
	}
	spin_unlock_irq(&front->lock);
}

/* Under use_lock, after cut(). */
static void take_down(struct displ_front *front)
{
	displ_free_all(front);
	displ_channels_close(front);
}

/* The state is the device's: it is looked at and changed under use_lock. */
static void disconnect(struct displ_front *front)
{
	cut(front);
	mutex_lock(&front->use_lock);
	take_down(front);
	xenbus_switch_state(front->xdev, XenbusStateInitialising);
	mutex_unlock(&front->use_lock);
}

static int open_again(struct displ_front *front)
{
	int rc;

	/* A backend that begins again has forgotten all. */
	take_down(front);
	rc = displ_channels_open(front);
	if (!rc)
		rc = displ_channels_publish(front);
	if (rc)
		displ_channels_close(front);
	/* The backend begins again if it is told that we have. */
	xenbus_switch_state(front->xdev, rc ? XenbusStateInitialising :
					      XenbusStateInitialised);
	return rc;
}

static void connect(struct displ_front *front)
{
	int rc = 0;

	cut(front);
	mutex_lock(&front->use_lock);
	/* Told already: it is the backend's turn. */
	if (front->xdev->state != XenbusStateInitialised)
		rc = open_again(front);
	mutex_unlock(&front->use_lock);
	if (rc)
		xenbus_dev_error(front->xdev, rc, "connecting");
}

static void go(struct displ_front *front)
{
	mutex_lock(&front->use_lock);
	if (front->xdev->state == XenbusStateInitialised) {
		spin_lock_irq(&front->lock);
		front->connected = true;
		spin_unlock_irq(&front->lock);
		xenbus_switch_state(front->xdev, XenbusStateConnected);
		wake_up_all(&front->changed);
	}
	mutex_unlock(&front->use_lock);
}

static void backend_changed(struct xenbus_device *xdev,
			    enum xenbus_state state)
{
	struct displ_front *front = dev_get_drvdata(&xdev->dev);

	switch (state) {
	case XenbusStateInitWait:
		connect(front);
		break;
	case XenbusStateConnected:
		go(front);
		break;
	case XenbusStateInitialised:
	case XenbusStateReconfiguring:
	case XenbusStateReconfigured:
		break;
	default:
		disconnect(front);
		break;
	}
}

void displ_give_up(struct displ_front *front)
{
	cut(front);
	xenbus_switch_state(front->xdev, XenbusStateClosing);
}

static void broken(struct work_struct *work)
{
	struct displ_front *front = container_of(work, struct displ_front,
						 broken);

	mutex_lock(&front->use_lock);
	displ_give_up(front);
	mutex_unlock(&front->use_lock);
}

/* -- the driver ----------------------------------------------------------- */

static int probe(struct xenbus_device *xdev, const struct xenbus_device_id *id)
{
	struct displ_front *front = kzalloc(sizeof(*front), GFP_KERNEL);
	int rc;

	if (!front)
		return -ENOMEM;
	kref_init(&front->kref);
	front->xdev = xdev;
	mutex_init(&front->use_lock);
	spin_lock_init(&front->lock);
	INIT_LIST_HEAD(&front->buffers);
	INIT_LIST_HEAD(&front->fbs);
	init_completion(&front->call.answered);
	init_waitqueue_head(&front->changed);
	INIT_WORK(&front->broken, broken);
	dev_set_drvdata(&xdev->dev, front);
	/* Whatever it was: the backend is to see us begin. */
	xdev->state = XenbusStateUnknown;
	rc = xenbus_switch_state(xdev, XenbusStateInitialising);
	if (rc) {
		displ_put(front);
		return rc;
	}
	set_the_front(front);
	return 0;
}

static bool backend_has_closed(struct xenbus_device *xdev)
{
	switch (xenbus_read_driver_state(xdev->otherend)) {
	case XenbusStateUnknown:
	case XenbusStateInitialising:
	case XenbusStateInitWait:
	case XenbusStateClosed:
		return true;
	default:
		return false;
	}
}

/* The backend gets the time to let go of what it has; more it does not get. */
static void remove_front(struct xenbus_device *xdev)
{
	struct displ_front *front = dev_get_drvdata(&xdev->dev);
	unsigned long end = jiffies + PATIENCE;

	set_the_front(NULL);
	cut(front);
	mutex_lock(&front->use_lock);
	displ_give_up(front);
	mutex_unlock(&front->use_lock);
	/* Before the last change of the state: it makes one, too. */
	cancel_work_sync(&front->broken);
	while (!backend_has_closed(xdev) && time_before(jiffies, end))
		msleep(20);
	disconnect(front);
	wake_up_all(&front->changed);
	displ_put(front);
}

static const struct xenbus_device_id ids[] = {
	{ XENDISPL_DRIVER_NAME }, { "" },
};

static struct xenbus_driver driver = {
	.name = "displ-front",
	.ids = ids,
	.allow_rebind = true,
	.probe = probe,
	.remove = remove_front,
	.otherend_changed = backend_changed,
};

int displ_bind(void)
{
	return xenbus_register_frontend(&driver);
}

void displ_unbind(void)
{
	xenbus_unregister_driver(&driver);
}
