// SPDX-License-Identifier: GPL-2.0-only
/*
 * reboot.c - who is told when another kernel is about to begin
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <vtb/runtime.h>
#include <vtb/task.h>

/* In order of priority, the highest first. */
static struct notifier_block *reboot_chain;
static DEFINE_MUTEX(reboot_lock);

int register_reboot_notifier(struct notifier_block *nb)
{
	struct notifier_block **link = &reboot_chain;

	mutex_lock(&reboot_lock);
	while (*link && (*link)->priority >= nb->priority)
		link = &(*link)->next;
	nb->next = *link;
	*link = nb;
	mutex_unlock(&reboot_lock);
	return 0;
}
EXPORT_SYMBOL(register_reboot_notifier);

int unregister_reboot_notifier(struct notifier_block *nb)
{
	struct notifier_block **link = &reboot_chain;
	int rc = -ENOENT;

	mutex_lock(&reboot_lock);
	while (*link && *link != nb)
		link = &(*link)->next;
	if (*link) {
		*link = nb->next;
		rc = 0;
	}
	mutex_unlock(&reboot_lock);
	return rc;
}
EXPORT_SYMBOL(unregister_reboot_notifier);

void vtb_kernel_restart(void)
{
	struct notifier_block *nb;

	vtb_task_adopt(vtb_task_new("kexec", TASK_RUNNING));
	system_state = SYSTEM_RESTART;
	mutex_lock(&reboot_lock);
	for (nb = reboot_chain; nb; nb = nb->next)
		if (nb->notifier_call(nb, SYS_RESTART, NULL) & NOTIFY_STOP_MASK)
			break;
	mutex_unlock(&reboot_lock);
}
