/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver.h - what the files of driver/ share with init/
 */
#ifndef VTB_DRIVER_H
#define VTB_DRIVER_H

struct device;

/* Shutdown: all devices of the platform bus go, newest first. */
void vtb_devices_remove(void);

/* Runs and frees what a driver has left to its device (devres). */
void vtb_devres_release_all(struct device *dev);

#endif
