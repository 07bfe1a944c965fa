/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfio_mediated.h - what user space can ask of a "vfio-mediated" device
 *
 * Such a device is made of software: it reaches memory through its driver
 * alone. Real ones do so when their guest programs them; here the user says it
 * directly.
 */
#ifndef VFIO_MEDIATED_H
#define VFIO_MEDIATED_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define VFIO_MEDIATED_CALL	_IO(';', 164)

#define VFIO_MEDIATED_MAX_BYTES	64

/*
 * struct vfio_mediated_call
 * @argsz:	sizeof this
 * @op:		PIN, UNPIN: @length pages from page @iova; READ, WRITE: @length
 *		bytes at @iova, from or to @data
 * @prot:	PIN: bit 0 read, bit 1 write, as the device will use the pages
 */
struct vfio_mediated_call {
	__u32 argsz;
	__u32 op;
#define VFIO_MEDIATED_PIN	0
#define VFIO_MEDIATED_UNPIN	1
#define VFIO_MEDIATED_READ	2
#define VFIO_MEDIATED_WRITE	3
	__u64 iova;
	__u32 length;
	__u32 prot;
	__u8 data[VFIO_MEDIATED_MAX_BYTES];
};

#endif
