// SPDX-License-Identifier: GPL-2.0-only
/*
 * command.c - requests that wait for an answer, but not for ever
 *
 * Commands, any number at a time. Each lives on the stack of who submitted it,
 * so nobody may touch it after that function has returned:
 *
 *    submit                             answer
 *    ------                             ------
 *    lock; list += command; unlock      lock
 *    wait, at most timeout              list -= command
 *    lock                               result, complete()
 *    still in the list? take it out     unlock
 *    unlock
 *
 * The lock closes the gap between the end of the wait and the return: an answer
 * either finds the command in the list and is done with it when it unlocks, or
 * finds nothing.
 *
 * The channel has one request at a time and one completion for all of them. An
 * answer to a request that was given up must not count for the next one: each
 * request begins with a completion that nobody has completed.
 *
 * Locking: command_lock protects the list and what is in it until complete();
 * channel_mutex is held during an exchange, channel_lock protects the channel.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "races_services.h"

struct command {
	struct list_head node; /* empty: answered */
	struct completion done;
	u32 tag;
	u32 result;
};

static DEFINE_SPINLOCK(command_lock);
static LIST_HEAD(command_list);

int command_submit(u32 tag, unsigned int timeout, u32 *result)
{
	struct command command = { .tag = tag };
	bool answered;

	init_completion(&command.done);
	spin_lock(&command_lock);
	list_add_tail(&command.node, &command_list);
	spin_unlock(&command_lock);

	wait_for_completion_timeout(&command.done, timeout);

	spin_lock(&command_lock);
	answered = list_empty(&command.node);
	if (!answered)
		list_del(&command.node);
	spin_unlock(&command_lock);
	if (!answered)
		return -ETIMEDOUT;
	*result = command.result;
	return 0;
}

/* As from the registers of a device. */
static u32 read_answer(u32 result)
{
	udelay(RACES_ANSWER_US);
	return result;
}

static struct command *command_find(u32 tag)
{
	struct command *command;

	list_for_each_entry(command, &command_list, node)
		if (command->tag == tag)
			return command;
	return NULL;
}

int command_answer(u32 tag, u32 result)
{
	struct command *command;

	spin_lock(&command_lock);
	command = command_find(tag);
	if (command) {
		list_del_init(&command->node);
		command->result = read_answer(result);
		complete(&command->done);
	}
	spin_unlock(&command_lock);
	return command ? 0 : -ENOENT;
}

/* -- the channel -- */

static DEFINE_MUTEX(channel_mutex);
static DEFINE_SPINLOCK(channel_lock);
static DECLARE_COMPLETION(channel_done);
static bool channel_busy;
static u32 channel_tag, channel_result;

int channel_exchange(u32 tag, unsigned int timeout, u32 *result)
{
	unsigned long left;

	mutex_lock(&channel_mutex);
	spin_lock(&channel_lock);
	channel_busy = true;
	channel_tag = tag;
	reinit_completion(&channel_done);
	spin_unlock(&channel_lock);

	left = wait_for_completion_timeout(&channel_done, timeout);

	spin_lock(&channel_lock);
	channel_busy = false;
	*result = channel_result;
	spin_unlock(&channel_lock);
	mutex_unlock(&channel_mutex);
	return left ? 0 : -ETIMEDOUT;
}

int channel_answer(u32 tag, u32 result)
{
	int rc = -ENOENT;

	spin_lock(&channel_lock);
	if (channel_busy && channel_tag == tag) {
		channel_result = read_answer(result);
		complete(&channel_done);
		rc = 0;
	}
	spin_unlock(&channel_lock);
	return rc;
}
