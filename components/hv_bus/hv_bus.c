// SPDX-License-Identifier: GPL-2.0-only
/*
 * hv_bus.c - the bus comes and goes with the file /dev/hv-bus
 *
 * open() finds everything as loading the module would: the connection's own
 * state is kept aside at boot and put back each time. Connecting and
 * disconnecting exclude each other (life_lock); calls come only from processes
 * that have the file open, so they need no lock for that.
 *
 * Order of the end: drivers let go of their channels while the host answers;
 * UNLOAD, after which it must not touch our memory any more; then its
 * interrupt, what is left of channels, and the pages of the SynIC.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>
#include <asm/irq_vectors.h>
#include <asm/msr.h>

#include "hv_bus.h"

#define MSR_VP_INDEX	0x40000002

/* The vector is the hypervisor's own and no line of an interrupt controller. */
int vmbus_irq = -1;
int vmbus_interrupt = HYPERVISOR_CALLBACK_VECTOR;

static DEFINE_MUTEX(life_lock);
static unsigned int nr_open;
static struct vmbus_connection pristine;

/* -- what all guests of the hypervisor have ------------------------------- */

u32 *hv_vp_index;
void * __percpu *hyperv_pcpu_input_arg;

static long find_vp_index(void *unused)
{
	u64 index;

	rdmsrl(MSR_VP_INDEX, index);
	hv_vp_index[smp_processor_id()] = index;
	return 0;
}

static void free_common(void)
{
	int cpu;

	for_each_present_cpu(cpu)
		if (hyperv_pcpu_input_arg)
			free_page((unsigned long)*per_cpu_ptr(
				hyperv_pcpu_input_arg, cpu));
	free_percpu(hyperv_pcpu_input_arg);
	kfree(hv_vp_index);
	hyperv_pcpu_input_arg = NULL;
	hv_vp_index = NULL;
}

static int make_common(void)
{
	long rc;
	int cpu;

	hv_vp_index = kcalloc(nr_cpu_ids, sizeof(*hv_vp_index), GFP_KERNEL);
	hyperv_pcpu_input_arg = alloc_percpu(void *);
	if (!hv_vp_index || !hyperv_pcpu_input_arg)
		goto out_free;
	for_each_present_cpu(cpu) {
		void **page = per_cpu_ptr(hyperv_pcpu_input_arg, cpu);

		*page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!*page)
			goto out_free;
		rc = work_on_cpu(cpu, find_vp_index, NULL);
		if (rc)
			goto out_free;
	}
	return 0;

out_free:
	free_common();
	return -ENOMEM;
}

/* -- the SynIC, on each vCPU ---------------------------------------------- */

static irqreturn_t bus_isr(int irq, void *unused)
{
	hv_message_isr();
	return IRQ_HANDLED;
}

static long start_cpu(void *unused)
{
	return hv_synic_init(smp_processor_id());
}

static long stop_cpu(void *unused)
{
	return hv_synic_cleanup(smp_processor_id());
}

/* As hotplug does it; those that were never started do not mind. */
static void stop_synic(void)
{
	int cpu;

	for_each_present_cpu(cpu)
		WARN_ON(work_on_cpu(cpu, stop_cpu, NULL));
}

static int start_synic(void)
{
	long rc;
	int cpu;

	for_each_present_cpu(cpu) {
		rc = work_on_cpu(cpu, start_cpu, NULL);
		if (rc) {
			stop_synic();
			return rc;
		}
	}
	return 0;
}

static void kill_tasklets(void)
{
	int cpu;

	for_each_present_cpu(cpu)
		tasklet_kill(&per_cpu_ptr(hv_context.cpu_context,
					  cpu)->msg_dpc);
}

/* -- connecting ----------------------------------------------------------- */

static void free_channels(void)
{
	hv_device_forget_subchannels();
	vmbus_free_channels();
	kfree(vmbus_connection.channels);
	WRITE_ONCE(vmbus_connection.channels, NULL);
}

static int start_connection(void)
{
	int rc;

	rc = request_irq(HV_BUS_IRQ, bus_isr, 0, "hv-bus", &hv_context);
	if (rc)
		return rc;
	rc = start_synic();
	if (rc)
		goto out_irq;
	rc = vmbus_connect();
	if (rc)
		goto out_synic;
	rc = vmbus_request_offers();
	if (rc)
		goto out_disconnect;
	return 0;

out_disconnect:
	vmbus_disconnect();
out_synic:
	stop_synic();
out_irq:
	free_irq(HV_BUS_IRQ, &hv_context);
	kill_tasklets();
	if (vmbus_connection.channels)
		free_channels();
	return rc;
}

static void stop_connection(void)
{
	hv_user_remove_all();
	vmbus_initiate_unload(false);
	/* An offer that is looked at puts work off to queues that go first. */
	flush_workqueue(vmbus_connection.work_queue);
	vmbus_disconnect();
	free_irq(HV_BUS_IRQ, &hv_context);
	kill_tasklets();
	free_channels();
	stop_synic();
}

static int start(void)
{
	int rc;

	vmbus_connection = pristine;
	vmbus_proto_version = 0;
	memset(&hv_context, 0, sizeof(hv_context));
	rc = make_common();
	if (rc)
		return rc;
	rc = hv_init();
	if (rc)
		goto out_common;
	rc = hv_synic_alloc();
	if (!rc)
		rc = start_connection();
	if (rc)
		goto out_free;
	return 0;

out_free:
	hv_synic_free();
	free_percpu(hv_context.cpu_context);
out_common:
	free_common();
	return rc;
}

static void stop(void)
{
	stop_connection();
	hv_synic_free();
	free_percpu(hv_context.cpu_context);
	free_common();
}

/* -- the device file ------------------------------------------------------ */

static long bus_ioctl(struct file *file, unsigned int cmd, unsigned long user)
{
	void __user *from = (void __user *)user;
	union hv_user_arg *arg;
	long rc = 0;

	if (_IOC_TYPE(cmd) != 'V' || _IOC_SIZE(cmd) > sizeof(*arg))
		return -ENOTTY;
	arg = kzalloc(sizeof(*arg), GFP_KERNEL);
	if (!arg)
		return -ENOMEM;
	if (copy_from_user(arg, from, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	if (!rc)
		rc = hv_user_call(cmd, arg);
	if (rc >= 0 && _IOC_DIR(cmd) & _IOC_READ &&
	    copy_to_user(from, arg, _IOC_SIZE(cmd)))
		rc = -EFAULT;
	kfree(arg);
	return rc;
}

static int bus_open(struct inode *inode, struct file *file)
{
	int rc = 0;

	mutex_lock(&life_lock);
	if (!nr_open)
		rc = start();
	if (!rc)
		nr_open++;
	mutex_unlock(&life_lock);
	return rc;
}

static int bus_release(struct inode *inode, struct file *file)
{
	mutex_lock(&life_lock);
	if (!--nr_open)
		stop();
	mutex_unlock(&life_lock);
	return 0;
}

static const struct file_operations bus_fops = {
	.owner = THIS_MODULE,
	.open = bus_open,
	.release = bus_release,
	.unlocked_ioctl = bus_ioctl,
};

static struct miscdevice bus_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hv-bus",
	.fops = &bus_fops,
};

static int __init bus_init(void)
{
	pristine = vmbus_connection;
	return misc_register(&bus_device);
}
module_init(bus_init);

static void __exit bus_exit(void)
{
	misc_deregister(&bus_device);
}
module_exit(bus_exit);

MODULE_DESCRIPTION("The bus of a guest of Hyper-V");
MODULE_LICENSE("GPL");
