/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * packets.c - packets that tell who sent them, and which one each is
 */
#include <stdio.h>

#include "packets.h"

static uint32_t word_of(uint32_t who, uint32_t number, uint32_t index)
{
	uint32_t first = 0xa5000000u | who << 16 | number;

	return index ? first * 2654435761u + index : first;
}

void packet_fill(uint32_t who, uint32_t number, uint32_t *payload,
		 uint32_t words)
{
	uint32_t i;

	for (i = 0; i < words; i++)
		payload[i] = word_of(who, number, i);
}

bool packet_is_whole(const struct packet_seen *seen, char *why, size_t size)
{
	uint32_t i, want;

	if (seen->words != (seen->sent + 1) / 2 * 2) {
		snprintf(why, size, "packet %u has %u words, sent were %u",
			 seen->number, seen->words, seen->sent);
		return false;
	}
	for (i = 0; i < seen->words; i++) {
		want = i < seen->sent ? word_of(seen->who, seen->number, i) : 0;
		if (seen->payload[i] == want)
			continue;
		snprintf(why, size, "word %u of packet %u is 0x%x and was sent as 0x%x",
			 i, seen->number, seen->payload[i], want);
		return false;
	}
	return true;
}
