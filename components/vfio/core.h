/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core.h - between the files of the VFIO core
 *
 *    container file --> struct vfio_container <-- struct vfio_group
 *                            |                        |  |
 *    group file -------------|------------------------+  |
 *                            v                           v
 *    device file ----> backend (type1)            struct vfio_device
 *
 * What the core and its backends say to one another is the kernel tree's own
 * <drivers/vfio/vfio.h>, so that the tree's backends plug in unchanged.
 *
 * References: a container lives as long as its file or one of its groups; a
 * group as long as one of its devices is there or its file is open; a device
 * file keeps its group's file open, hence the group in its container.
 *
 * Lock order: groups_lock, misc_mtx, group->group_lock, container->group_lock,
 * drivers_lock, the backend's.
 */
#ifndef VFIO_CORE_H
#define VFIO_CORE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/vfio.h>
#include <../drivers/vfio/vfio.h>

/*
 * struct group_node - a group and its file
 * @group:	what backends know; @group.group_lock protects container,
 *		container_users (1 for the container, 1 per open device) and
 *		opened_file; @group.device_lock device_list
 * @kref:	the devices of the group together hold one, its open file another
 */
struct group_node {
	struct vfio_group group;
	struct miscdevice misc;
	struct kref kref;
	char name[24];
	char nodename[24];
};

/* The group of @device, made if need be. */
struct vfio_group *vfio_group_join(struct vfio_device *device,
				   enum vfio_group_type type);
void vfio_group_leave(struct vfio_device *device);

/* GET_DEVICE_FD: a descriptor, or a negative errno. */
long vfio_device_open_fd(struct vfio_group *group, const char *name);

/*
 * A device of the group is about to be used, or no longer: the group stays in
 * its container, and its file open, in between.
 */
int vfio_group_use(struct vfio_group *group);
void vfio_group_unuse(struct vfio_group *group);

/* The backend of the container @device is in, and its data; group in use. */
struct vfio_iommu_driver *vfio_device_backend(struct vfio_device *device,
					      void **data);

#endif
