/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _STDINT_H
#define _STDINT_H

typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef long long int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef unsigned long long uint64_t;
typedef unsigned long uintptr_t;
typedef unsigned long physaddr_t;
typedef __SIZE_TYPE__ size_t;
typedef signed long ssize_t;

/* Fields of a message, in the byte order of its protocol. */
typedef uint16_t le16;
typedef uint32_t le32;
typedef uint64_t le64;

#endif
