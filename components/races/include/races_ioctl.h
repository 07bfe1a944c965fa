/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races_ioctl.h - what user space asks of /dev/races
 *
 * Five small services, each with one kind of lifetime that others could race
 * with. Times are in jiffies.
 */
#ifndef RACES_IOCTL_H
#define RACES_IOCTL_H

#include <asm/ioctl.h>

#define RACES_SLOTS		4	/* pollers; sessions */
#define RACES_MAX_PACKETS	8	/* of one call */
#define RACES_MAX_WORDS		8	/* of one packet */
#define RACES_MAX_JIFFIES	16
#define RACES_ANSWER_US		10	/* what it takes to read an answer */
#define RACES_PAGES		512	/* that the tracker knows */

struct races_poller {
	unsigned int slot;
	unsigned int period;		/* jiffies between two samples */
	unsigned int rounds;		/* samples until it ends by itself */
};

struct races_session {
	unsigned int slot;
	unsigned int value;
	unsigned int hold;		/* jiffies that USE keeps it */
};

struct races_command {
	unsigned int tag;
	unsigned int result;
	unsigned int jiffies;		/* timeout */
};

/* @nr packets of @words each; on return @nr is what was sent or received. */
struct races_packets {
	unsigned int nr;
	unsigned int words;
	unsigned int data[RACES_MAX_PACKETS][RACES_MAX_WORDS];
};

struct races_ring_state {
	unsigned int used;		/* words with data in them */
	unsigned int free;		/* words that can be written */
	unsigned int readable;		/* the consumer has a signal to take */
	unsigned int writable;		/* the producer has */
};

struct races_pages {
	unsigned int first;
	unsigned int pages;
};

/* A bit per page is set where it is dirty; the others stay as they are. */
struct races_report {
	unsigned long bitmap[RACES_PAGES / 64];
};

#define RACES_POLLER_START	_IOW('R', 0, struct races_poller)
#define RACES_POLLER_KICK	_IOW('R', 1, struct races_poller)
#define RACES_POLLER_STOP	_IOW('R', 2, struct races_poller)
#define RACES_SESSION_SET	_IOW('R', 3, struct races_session)
#define RACES_SESSION_DEL	_IOW('R', 4, struct races_session)
#define RACES_SESSION_GET	_IOWR('R', 5, struct races_session)
#define RACES_SESSION_USE	_IOWR('R', 6, struct races_session)
#define RACES_COMMAND_SUBMIT	_IOWR('R', 7, struct races_command)
#define RACES_COMMAND_ANSWER	_IOW('R', 8, struct races_command)
#define RACES_CHANNEL_EXCHANGE	_IOWR('R', 9, struct races_command)
#define RACES_CHANNEL_ANSWER	_IOW('R', 10, struct races_command)
#define RACES_RING_SEND		_IOWR('R', 11, struct races_packets)
#define RACES_RING_RECEIVE	_IOWR('R', 12, struct races_packets)
#define RACES_RING_STATE	_IOR('R', 13, struct races_ring_state)
#define RACES_TRACKER_START	_IO('R', 14)
#define RACES_TRACKER_MARK	_IOW('R', 15, struct races_pages)
#define RACES_TRACKER_REPORT	_IOWR('R', 16, struct races_report)
#define RACES_TRACKER_STOP	_IO('R', 17)

#endif
