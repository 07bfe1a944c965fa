// SPDX-License-Identifier: GPL-2.0-only
/*
 * kobject.c - counted objects with a name and a type that frees them
 *
 * There is no sysfs: what is added has no files, and parents and sets are
 * remembered but not pinned.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <vtb/runtime.h>

void kobject_init(struct kobject *kobj, const struct kobj_type *ktype)
{
	WARN(kobj->state_initialized,
	     "kobject %p: initialised for the second time\n", kobj);
	kref_init(&kobj->kref);
	INIT_LIST_HEAD(&kobj->entry);
	kobj->ktype = ktype;
	kobj->state_initialized = 1;
}
EXPORT_SYMBOL(kobject_init);

int kobject_add(struct kobject *kobj, struct kobject *parent,
		const char *format, ...)
{
	va_list args;

	if (WARN(!kobj->state_initialized,
		 "kobject %p: added without kobject_init()\n", kobj))
		return -EINVAL;
	va_start(args, format);
	kobj->name = kvasprintf(GFP_KERNEL, format, args);
	va_end(args);
	if (!kobj->name)
		return -ENOMEM;
	kobj->parent = parent;
	return 0;
}
EXPORT_SYMBOL(kobject_add);

struct kobject *kobject_get(struct kobject *kobj)
{
	if (!kobj)
		return NULL;
	WARN(!kobj->state_initialized,
	     "kobject %p: kobject_get() without kobject_init()\n", kobj);
	kref_get(&kobj->kref);
	return kobj;
}
EXPORT_SYMBOL(kobject_get);

static void release(struct kref *kref)
{
	struct kobject *kobj = container_of(kref, struct kobject, kref);
	const char *name = kobj->name;

	if (kobj->ktype && kobj->ktype->release)
		kobj->ktype->release(kobj);
	kfree(name);
}

void kobject_put(struct kobject *kobj)
{
	if (!kobj)
		return;
	WARN(!kobj->state_initialized,
	     "kobject %p: kobject_put() without kobject_init()\n", kobj);
	kref_put(&kobj->kref, release);
}
EXPORT_SYMBOL(kobject_put);
