/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPXE_DEVICE_H
#define _IPXE_DEVICE_H

#include <ipxe/list.h>

struct device {
	char name[40];
	const char *driver_name;
	struct list_head siblings;
	struct list_head children;
	struct device *parent;
};

#endif
