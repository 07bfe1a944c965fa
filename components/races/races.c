// SPDX-License-Identifier: GPL-2.0-only
/*
 * races.c - /dev/races: the services of this folder for user space
 *
 * An ioctl copies its argument in, calls, and copies it out again if the
 * command says that something comes back.
 *
 * Life: the last file to go releases what is left; then nobody can be in a
 * call. There is one ring; its sides belong to one thread each, which is what
 * the two mutexes are for.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include "races_services.h"
#include "races_ring.h"

static DEFINE_MUTEX(open_lock);
static unsigned int nr_open; /* by open_lock */

static DEFINE_MUTEX(send_lock);
static DEFINE_MUTEX(receive_lock);
static struct ring ring;

union races_arg {
	struct races_poller poller;
	struct races_session session;
	struct races_command command;
	struct races_packets packets;
	struct races_ring_state ring_state;
	struct races_pages pages;
};

static int poller_call(unsigned int cmd, const struct races_poller *arg)
{
	if (arg->slot >= RACES_SLOTS || arg->period > RACES_MAX_JIFFIES ||
	    arg->rounds > RACES_MAX_JIFFIES)
		return -EINVAL;
	switch (cmd) {
	case RACES_POLLER_START:
		return poller_start(arg);
	case RACES_POLLER_KICK:
		return poller_kick(arg->slot);
	default:
		return poller_stop(arg->slot);
	}
}

static int session_call(unsigned int cmd, struct races_session *arg)
{
	if (arg->slot >= RACES_SLOTS || arg->hold > RACES_MAX_JIFFIES)
		return -EINVAL;
	switch (cmd) {
	case RACES_SESSION_SET:
		return session_set(arg->slot, arg->value);
	case RACES_SESSION_DEL:
		return session_del(arg->slot);
	case RACES_SESSION_GET:
		return session_get(arg->slot, &arg->value);
	default:
		return session_use(arg->slot, arg->hold, &arg->value);
	}
}

static int command_call(unsigned int cmd, struct races_command *arg)
{
	if (arg->jiffies > RACES_MAX_JIFFIES)
		return -EINVAL;
	if (cmd == RACES_COMMAND_SUBMIT)
		return command_submit(arg->tag, arg->jiffies, &arg->result);
	if (cmd == RACES_CHANNEL_EXCHANGE)
		return channel_exchange(arg->tag, arg->jiffies, &arg->result);
	if (cmd == RACES_COMMAND_ANSWER)
		return command_answer(arg->tag, arg->result);
	return channel_answer(arg->tag, arg->result);
}

static int send_packets(struct races_packets *arg)
{
	if (arg->nr > RACES_MAX_PACKETS || !arg->words ||
	    arg->words > RACES_MAX_WORDS)
		return -EINVAL;
	mutex_lock(&send_lock);
	arg->nr = ring_send(&ring, arg->data[0], RACES_MAX_WORDS, arg->words,
			    arg->nr, RACES_MAX_JIFFIES);
	mutex_unlock(&send_lock);
	return 0;
}

static int receive_packets(struct races_packets *arg)
{
	if (arg->nr > RACES_MAX_PACKETS)
		return -EINVAL;
	mutex_lock(&receive_lock);
	arg->nr = ring_receive(&ring, arg->data[0], RACES_MAX_WORDS, arg->nr,
			       RACES_MAX_JIFFIES);
	mutex_unlock(&receive_lock);
	return 0;
}

static int get_ring_state(struct races_ring_state *state)
{
	*state = (struct races_ring_state){
		.used = ring_used(&ring),
		.free = ring_free(&ring),
		.readable = completion_done(&ring.readable),
		.writable = completion_done(&ring.writable),
	};
	return 0;
}

static int mark_pages(const struct races_pages *arg)
{
	if (arg->first > RACES_PAGES || arg->pages > RACES_PAGES - arg->first)
		return -EINVAL;
	return tracker_mark(arg->first, arg->pages);
}

static int races_call(unsigned int cmd, union races_arg *arg)
{
	switch (cmd) {
	case RACES_POLLER_START:
	case RACES_POLLER_KICK:
	case RACES_POLLER_STOP:
		return poller_call(cmd, &arg->poller);
	case RACES_SESSION_SET:
	case RACES_SESSION_DEL:
	case RACES_SESSION_GET:
	case RACES_SESSION_USE:
		return session_call(cmd, &arg->session);
	case RACES_COMMAND_SUBMIT:
	case RACES_COMMAND_ANSWER:
	case RACES_CHANNEL_EXCHANGE:
	case RACES_CHANNEL_ANSWER:
		return command_call(cmd, &arg->command);
	case RACES_RING_SEND:
		return send_packets(&arg->packets);
	case RACES_RING_RECEIVE:
		return receive_packets(&arg->packets);
	case RACES_RING_STATE:
		return get_ring_state(&arg->ring_state);
	case RACES_TRACKER_START:
		return tracker_start();
	case RACES_TRACKER_MARK:
		return mark_pages(&arg->pages);
	case RACES_TRACKER_STOP:
		return tracker_stop();
	default:
		return -ENOTTY;
	}
}

static long races_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	void __user *from = (void __user *)user;
	union races_arg arg;
	int rc;

	/* Bits are set in place, not in a copy. */
	if (cmd == RACES_TRACKER_REPORT)
		return tracker_report((u64 __user *)user);
	if (_IOC_SIZE(cmd) > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE &&
	    copy_from_user(&arg, from, _IOC_SIZE(cmd)))
		return -EFAULT;
	rc = races_call(cmd, &arg);
	if (rc)
		return rc;
	if (_IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, &arg, _IOC_SIZE(cmd)))
		return -EFAULT;
	return 0;
}

static int races_open(struct inode *inode, struct file *file)
{
	mutex_lock(&open_lock);
	if (!nr_open++)
		ring_init(&ring);
	mutex_unlock(&open_lock);
	return 0;
}

static int races_release(struct inode *inode, struct file *file)
{
	mutex_lock(&open_lock);
	if (!--nr_open) {
		poller_release_all();
		session_release_all();
		tracker_release_all();
	}
	mutex_unlock(&open_lock);
	return 0;
}

static const struct file_operations races_fops = {
	.owner = THIS_MODULE,
	.open = races_open,
	.release = races_release,
	.unlocked_ioctl = races_ioctl,
};

static struct miscdevice races_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "races",
	.fops = &races_fops,
};
module_misc_device(races_device);

MODULE_DESCRIPTION("Small services with lifetimes that could race");
MODULE_LICENSE("GPL");
