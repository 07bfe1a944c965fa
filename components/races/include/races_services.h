/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races_services.h - the services behind /dev/races
 *
 * All functions sleep and may be called by several threads at a time, but the
 * two sides of the ring by one thread each. Those that can fail return a
 * negative errno. The _release_all() functions run when no call is left.
 */
#ifndef RACES_SERVICES_H
#define RACES_SERVICES_H

#include <linux/types.h>

#include "races_ioctl.h"

/* -EBUSY: the slot is taken; -ENOENT: it is empty. */
int poller_start(const struct races_poller *arg);
int poller_kick(unsigned int slot);
int poller_stop(unsigned int slot);
void poller_release_all(void);

/* -ENOENT: no session there; -EILSEQ: the session is not what was set. */
int session_set(unsigned int slot, u32 value);
int session_del(unsigned int slot);
int session_get(unsigned int slot, u32 *value);
int session_use(unsigned int slot, unsigned int hold, u32 *value);
void session_release_all(void);

/* -ETIMEDOUT: no answer came in time; -ENOENT: nobody waits for this one. */
int command_submit(u32 tag, unsigned int timeout, u32 *result);
int command_answer(u32 tag, u32 result);
int channel_exchange(u32 tag, unsigned int timeout, u32 *result);
int channel_answer(u32 tag, u32 result);

/*
 * -EBUSY: there is a tracker; -ENOENT: there is none. After any other error of
 * a report all pages are as dirty as before.
 */
int tracker_start(void);
int tracker_mark(unsigned int first, unsigned int pages);
int tracker_report(u64 __user *bits);
int tracker_stop(void);
void tracker_release_all(void);

#endif
