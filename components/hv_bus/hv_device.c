// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_device.c - devices on the bus, and channels as kernel objects
 *
 * A device is there from its offer to its rescind; it has the one driver there
 * is. Its last reference takes the primary channel with it. A channel's memory
 * goes an RCU grace period after its last reference: an interrupt may have
 * found it by its number just before it was taken out of the table.
 *
 * Who adds a channel drops the reference it gets here when something fails
 * later, whatever that is; so there is one from the very beginning.
 */
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/slab.h>

#include "hv_bus.h"

/* -- channels ------------------------------------------------------------- */

static void channel_release(struct kobject *kobj)
{
	struct vmbus_channel *channel;

	channel = container_of(kobj, struct vmbus_channel, kobj);
	kfree_rcu(channel, rcu);
}

static const struct kobj_type channel_type = { .release = channel_release };

int vmbus_add_channel_kobj(struct hv_device *device,
			   struct vmbus_channel *channel)
{
	if (!channel->kobj.state_initialized)
		kobject_init(&channel->kobj, &channel_type);
	return kobject_add(&channel->kobj, &device->device.kobj, "%u",
			   channel->offermsg.child_relid);
}

/* There are no attributes. */
void vmbus_remove_channel_attr_group(struct vmbus_channel *channel)
{
}

/* -- devices -------------------------------------------------------------- */

/* Nobody has announced it: whoever made the channel frees it. */
static void unregistered_release(struct device *dev)
{
	kfree(device_to_hv_device(dev));
}

static void device_release(struct device *dev)
{
	struct hv_device *device = device_to_hv_device(dev);

	mutex_lock(&vmbus_connection.channel_mutex);
	hv_process_channel_removal(device->channel);
	mutex_unlock(&vmbus_connection.channel_mutex);
	kfree(device);
}

struct hv_device *vmbus_device_create(const guid_t *type,
				      const guid_t *instance,
				      struct vmbus_channel *channel)
{
	struct hv_device *device;

	kobject_init(&channel->kobj, &channel_type);
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return NULL;
	device->channel = channel;
	guid_copy(&device->dev_type, type);
	guid_copy(&device->dev_instance, instance);
	return device;
}

/* On failure the device is gone and the channel is not. */
int vmbus_device_register(struct hv_device *device)
{
	struct device *dev = &device->device;
	int rc;

	device_initialize(dev);
	dev->release = unregistered_release;
	rc = dev_set_name(dev, "%pUl", &device->dev_instance);
	if (!rc)
		rc = vmbus_add_channel_kobj(device, device->channel);
	if (rc) {
		put_device(dev);
		return rc;
	}
	dev->release = device_release;
	/* A device without a driver is a device all the same. */
	rc = hv_user_probe(device);
	if (rc)
		dev_warn(dev, "no driver: %d\n", rc);
	return 0;
}

void vmbus_device_unregister(struct hv_device *device)
{
	hv_user_remove(device);
	put_device(&device->device);
}

/* -- the end -------------------------------------------------------------- */

void hv_device_forget_subchannels(void)
{
	struct vmbus_channel *primary, *sub, *next;

	mutex_lock(&vmbus_connection.channel_mutex);
	list_for_each_entry(primary, &vmbus_connection.chn_list, listentry) {
		list_for_each_entry_safe(sub, next, &primary->sc_list,
					 sc_list) {
			sub->rescind = true;
			hv_process_channel_removal(sub);
		}
	}
	mutex_unlock(&vmbus_connection.channel_mutex);
}
