/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPXE_IF_ETHER_H
#define _IPXE_IF_ETHER_H

#include <stdint.h>

#define ETH_ALEN	6	/* bytes of an address */
#define ETH_HLEN	14	/* of a frame's header */
#define ETH_FRAME_LEN	1514	/* of the longest frame */

#endif
