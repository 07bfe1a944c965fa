/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * packets.h - packets that tell who sent them, and which one each is
 *
 * What the worlds of VMBus have in common: the k-th packet of a sender has words
 * that only this one has, so one that is lost, doubled, changed or in a channel
 * that nobody meant shows. Guests pad to eight bytes, with zeroes. The first word
 * can be read:
 *
 *	31    24 23    16 15          0
 *	| 0xa5  |  who   |   number    |
 */
#ifndef WORLDS_VMBUS_PACKETS_H
#define WORLDS_VMBUS_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct packet_seen {
	uint32_t who;			/* below 256 */
	uint32_t number;		/* below 65536 */
	uint32_t sent;			/* words; may be odd */
	const uint32_t *payload;
	uint32_t words;
};

/* The words of packet @number of @who. */
void packet_fill(uint32_t who, uint32_t number, uint32_t *payload,
		 uint32_t words);
/* Is it what was sent? If not, @why says in what. */
bool packet_is_whole(const struct packet_seen *seen, char *why, size_t size);

#endif
