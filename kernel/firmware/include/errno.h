/* SPDX-License-Identifier: GPL-2.0-only */
/* errno.h - errors are returned as negative numbers, those of Linux */
#ifndef _ERRNO_H
#define _ERRNO_H

#define ENOENT		2
#define EIO		5
#define EAGAIN		11
#define ENOMEM		12
#define EBUSY		16
#define ENODEV		19
#define EINVAL		22
#define ENOSPC		28
#define EPIPE		32
#define ERANGE		34
#define EPROTO		71
#define ENOTSUP		95
#define ENOBUFS		105
#define ENOTCONN	107
#define ETIMEDOUT	110
#define ECANCELED	125

#endif
