/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv.c - message slot, event page and hypercalls
 *
 * Pages and interrupt sources of the synthetic interrupt controller are set by
 * the hypercall for registers, so that no MSR has to be simulated. Hypercall
 * inputs lie in a page of their own. The message in the slot is copied once and
 * its length looked at once: the hypervisor is part of the host.
 */
#include <vtb/bridge.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <ipxe/barrier.h>
#include <ipxe/malloc.h>
#include <ipxe/vmbus.h>

#include "firmware.h"

#define HVCALL_SET_VP_REGISTERS	0x51
#define HVCALL_POST_MESSAGE	0x5c
#define HVCALL_SIGNAL_EVENT	0x5d
#define HV_FAST			(1u << 16)
#define HV_REPEAT_ONE		(1ull << 32)
#define HV_STATUS_INSUFFICIENT_BUFFERS	19

#define HV_REGISTER_SCONTROL	0x000a0010u
#define HV_REGISTER_SIEFP	0x000a0012u
#define HV_REGISTER_SIMP	0x000a0013u
#define HV_REGISTER_EOM		0x000a0014u
#define HV_REGISTER_SINT2	0x000a0002u

#define HV_ENABLE		1u
#define HV_SINT_MASKED		(1u << 16)

/* How often a message is posted before we give up, once per millisecond. */
#define HV_POST_TRIES		10

struct hv_register_input {
	uint64_t partition;
	uint32_t vp;
	uint32_t vtl;
	uint32_t name;
	uint32_t reserved[3];
	uint64_t value[2];
} __packed;

struct hv_post_input {
	uint32_t id;
	uint32_t reserved;
	uint32_t type;
	uint32_t len;
	uint8_t data[HV_MESSAGE_BYTES];
} __packed;

/* A slot of the message page. */
struct hv_message {
	uint32_t type;
	uint8_t len;
	uint8_t pending;		/* flag: another one waits */
	uint16_t reserved;
	uint64_t origin;
	uint8_t data[HV_MESSAGE_BYTES];
} __packed;

static struct hv_hypervisor *hypervisor;
static struct device hv_device;

/* -- hypercalls ----------------------------------------------------------- */

static void set_register(struct hv_hypervisor *hv, uint32_t name,
			 uint64_t value)
{
	struct hv_register_input *input = hv->input;

	memset(input, 0, sizeof(*input));
	input->partition = ~0ull;
	input->vp = ~1u;		/* the one that asks */
	input->name = name;
	input->value[0] = value;
	vtb_hypercall(HVCALL_SET_VP_REGISTERS,
		      HVCALL_SET_VP_REGISTERS | HV_REPEAT_ONE,
		      virt_to_phys(input), 0);
}

int hv_post_message(struct hv_hypervisor *hv, unsigned int id,
		    unsigned int type, const void *data, size_t len)
{
	struct hv_post_input *input = hv->input;
	unsigned int tries;
	unsigned int status;

	if (len > sizeof(input->data))
		return -ERANGE;
	memset(input, 0, sizeof(*input));
	input->id = id;
	input->type = type;
	input->len = len;
	memcpy(input->data, data, len);
	for (tries = 0; tries < HV_POST_TRIES; tries++) {
		status = vtb_hypercall(HVCALL_POST_MESSAGE, HVCALL_POST_MESSAGE,
				       virt_to_phys(input), 0) & 0xffff;
		if (!status)
			return 0;
		if (status != HV_STATUS_INSUFFICIENT_BUFFERS)
			return -EPROTO;
		mdelay(1);
	}
	return -EBUSY;
}

int hv_signal_event(struct hv_hypervisor *hv, unsigned int id,
		    unsigned int flag)
{
	unsigned int status;

	(void)hv;
	status = vtb_hypercall(HVCALL_SIGNAL_EVENT,
			       HVCALL_SIGNAL_EVENT | HV_FAST,
			       id | (uint64_t)flag << 32, 0) & 0xffff;
	return status ? -EPROTO : 0;
}

/* -- messages ------------------------------------------------------------- */

int hv_get_message(struct hv_hypervisor *hv, unsigned int sintx, void *data,
		   unsigned int *type)
{
	struct hv_message *slot = (struct hv_message *)hv->message_page + sintx;
	unsigned int len;

	*type = READ_ONCE(slot->type);
	if (!*type)
		return -EAGAIN;
	rmb();
	len = READ_ONCE(slot->len);
	if (len > HV_MESSAGE_BYTES)
		len = HV_MESSAGE_BYTES;
	memcpy(data, slot->data, len);
	/* All of it is read before the slot is free, and then more is asked. */
	mb();
	WRITE_ONCE(slot->type, 0);
	mb();
	if (READ_ONCE(slot->pending) & 1)
		set_register(hv, HV_REGISTER_EOM, 0);
	return len;
}

int hv_wait_for_message(struct hv_hypervisor *hv, unsigned int sintx,
			void *data, unsigned int *type)
{
	unsigned int i;
	int len;

	for (i = 0; i < HV_MESSAGE_MAX_WAIT_MS; i++) {
		len = hv_get_message(hv, sintx, data, type);
		if (len >= 0)
			return len;
		mdelay(1);
	}
	return -ETIMEDOUT;
}

/* -- the device ----------------------------------------------------------- */

static int alloc_pages(struct hv_hypervisor *hv)
{
	hv->message_page = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	hv->event_page = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	hv->input = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	if (!hv->message_page || !hv->event_page || !hv->input)
		return -ENOMEM;
	memset(hv->message_page, 0, PAGE_SIZE);
	memset(hv->event_page, 0, PAGE_SIZE);
	return 0;
}

static void free_pages(struct hv_hypervisor *hv)
{
	free_phys(hv->input, PAGE_SIZE);
	free_phys(hv->event_page, PAGE_SIZE);
	free_phys(hv->message_page, PAGE_SIZE);
}

static void map_synic(struct hv_hypervisor *hv)
{
	set_register(hv, HV_REGISTER_SIMP,
		     virt_to_phys(hv->message_page) | HV_ENABLE);
	set_register(hv, HV_REGISTER_SIEFP,
		     virt_to_phys(hv->event_page) | HV_ENABLE);
	set_register(hv, HV_REGISTER_SINT2, HV_SINT_MASKED);
	set_register(hv, HV_REGISTER_SCONTROL, HV_ENABLE);
}

static void unmap_synic(struct hv_hypervisor *hv)
{
	set_register(hv, HV_REGISTER_SCONTROL, 0);
	set_register(hv, HV_REGISTER_SIEFP, 0);
	set_register(hv, HV_REGISTER_SIMP, 0);
}

int hyperv_probe(void)
{
	struct hv_hypervisor *hv;
	int rc = -ENOMEM;

	if (hypervisor)
		return -EBUSY;
	hv = zalloc(sizeof(*hv));
	if (!hv)
		return -ENOMEM;
	if (alloc_pages(hv))
		goto err_pages;
	INIT_LIST_HEAD(&hv_device.children);
	map_synic(hv);
	rc = vmbus_probe(hv, &hv_device);
	if (rc)
		goto err_vmbus;
	hypervisor = hv;
	return 0;

err_vmbus:
	unmap_synic(hv);
err_pages:
	free_pages(hv);
	free(hv);
	return rc;
}

void hyperv_remove(void)
{
	struct hv_hypervisor *hv = hypervisor;

	if (!hv)
		return;
	hypervisor = NULL;
	vmbus_remove(hv, &hv_device);
	unmap_synic(hv);
	free_pages(hv);
	free(hv);
}

int hyperv_reset(void)
{
	if (!hypervisor)
		return -ENODEV;
	memset(hypervisor->message_page, 0, PAGE_SIZE);
	map_synic(hypervisor);
	return vmbus_reset(hypervisor, &hv_device);
}

void hyperv_step(void)
{
	if (hypervisor)
		vmbus_step(hypervisor, &hv_device);
}
