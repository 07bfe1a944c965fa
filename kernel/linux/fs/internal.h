/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * internal.h - between open files and the devices they are open on
 */
#ifndef VTB_FS_INTERNAL_H
#define VTB_FS_INTERNAL_H

struct file_operations;
struct inode;

/*
 * Finds the device of that name: its operations with a module reference, its
 * inode and what private_data is when open() is called. ERR_PTR otherwise. On
 * success no device can go until vtb_device_opened().
 */
const struct file_operations *
vtb_device_lookup(const char *name, struct inode **inode, void **private);
void vtb_device_opened(void);

#endif
