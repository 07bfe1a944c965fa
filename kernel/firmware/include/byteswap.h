/* SPDX-License-Identifier: GPL-2.0-only */
/* byteswap.h - byte order; the firmware runs on little-endian machines */
#ifndef _BYTESWAP_H
#define _BYTESWAP_H

#include <stdint.h>

#define bswap_16(value)		__builtin_bswap16(value)
#define bswap_32(value)		__builtin_bswap32(value)
#define bswap_64(value)		__builtin_bswap64(value)

#define cpu_to_le16(value)	((uint16_t)(value))
#define cpu_to_le32(value)	((uint32_t)(value))
#define cpu_to_le64(value)	((uint64_t)(value))
#define le16_to_cpu(value)	((uint16_t)(value))
#define le32_to_cpu(value)	((uint32_t)(value))
#define le64_to_cpu(value)	((uint64_t)(value))

#define cpu_to_be16(value)	bswap_16(value)
#define cpu_to_be32(value)	bswap_32(value)
#define be16_to_cpu(value)	bswap_16(value)
#define be32_to_cpu(value)	bswap_32(value)
#define htons(value)		bswap_16(value)
#define ntohs(value)		bswap_16(value)

#endif
