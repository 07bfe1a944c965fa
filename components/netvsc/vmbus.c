// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmbus.c - the bus: connection, offers, drivers
 *
 *	vmbus_probe()   contact -> version -> offers -> drivers are probed
 *	vmbus_reset()   the same once more; devices keep their identity
 *	vmbus_step()    what the host says without being asked
 *	vmbus_remove()  drivers go, unload
 *
 * The host is not trusted: messages are copied out of the slot once, shorter
 * ones than their type needs are dropped, and what comes in between is never
 * taken for the answer that is waited for. A driver's calls wait for answers,
 * so nothing that the host says makes a device go away beneath it: offers and
 * rescinds are noted, and acted on in vmbus_step().
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <ipxe/malloc.h>

#include "vmbus_internal.h"

extern struct vmbus_driver __start_vmbus_drivers[]
	__asm__("__start_vtb_vmbus_drivers");
extern struct vmbus_driver __stop_vmbus_drivers[]
	__asm__("__stop_vtb_vmbus_drivers");

/* -- messages ------------------------------------------------------------- */

int vmbus_post(struct vmbus *vmbus, const void *data, size_t len)
{
	int rc = hv_post_message(vmbus->hv, vmbus->connection,
				 VMBUS_MESSAGE_TYPE, data, len);

	if (rc)
		DBGC(vmbus, "VMBUS could not post message: %s\n", strerror(rc));
	return rc;
}

static struct vmbus_device *find_channel(struct vmbus *vmbus, uint32_t channel)
{
	struct vmbus_device *vmdev;

	list_for_each_entry(vmdev, &vmbus->parent->children, dev.siblings)
		if (vmdev->channel == channel && vmdev->seen)
			return vmdev;
	return NULL;
}

/* The host may use the number of a channel that it has taken back again. */
static void release_channel(struct vmbus *vmbus, uint32_t channel)
{
	struct vmbus_channel_message release;

	memset(&release, 0, sizeof(release));
	release.header.type = cpu_to_le32(VMBUS_RELID_RELEASED);
	release.channel = cpu_to_le32(channel);
	vmbus_post(vmbus, &release, sizeof(release));
}

static void note_rescind(struct vmbus *vmbus)
{
	uint32_t channel = le32_to_cpu(vmbus->message.channel.channel);
	struct vmbus_device *vmdev = find_channel(vmbus, channel);
	unsigned int i;

	/* A device keeps it until its driver has gone. */
	if (vmdev)
		vmdev->rescinded = 1;
	else if (vmbus->version)
		release_channel(vmbus, channel);
	/* A host that lies may have offered it more than once. */
	for (i = vmbus->nr_offers; i--;)
		if (le32_to_cpu(vmbus->offers[i].channel) == channel)
			vmbus->offers[i] = vmbus->offers[--vmbus->nr_offers];
}

static void note_offer(struct vmbus *vmbus)
{
	if (vmbus->nr_offers < VMBUS_MAX_NEW)
		vmbus->offers[vmbus->nr_offers++] = vmbus->message.offer;
}

/* A message that nobody waits for. */
static void stray_message(struct vmbus *vmbus)
{
	size_t len = vmbus->message_len;

	if (len < sizeof(vmbus->message.header))
		return;
	switch (le32_to_cpu(vmbus->message.header.type)) {
	case VMBUS_OFFER_CHANNEL:
		if (len >= sizeof(vmbus->message.offer))
			note_offer(vmbus);
		break;
	case VMBUS_RESCIND_CHANNEL:
		if (len >= sizeof(vmbus->message.channel))
			note_rescind(vmbus);
		break;
	default:
		DBGC(vmbus, "VMBUS ignored stray message\n");
		break;
	}
}

static int is_expected(const struct vmbus *vmbus,
		       const struct vmbus_expected *expected)
{
	unsigned int i;
	uint32_t word;

	if (vmbus->message_len < expected->len ||
	    le32_to_cpu(vmbus->message.header.type) != expected->type)
		return 0;
	for (i = 0; i < expected->nr_words; i++) {
		memcpy(&word, vmbus->message.bytes + expected->word[i].offset,
		       sizeof(word));
		if (le32_to_cpu(word) != expected->word[i].value)
			return 0;
	}
	return 1;
}

int vmbus_wait(struct vmbus *vmbus, const struct vmbus_expected *expected)
{
	unsigned long start = currticks();
	unsigned int type, strays;
	int len;

	/* A host that never stops talking is one that does not answer. */
	for (strays = 0; strays < VMBUS_MAX_STRAY; strays++) {
		len = hv_wait_for_message(vmbus->hv, VMBUS_MESSAGE_SINT,
					  vmbus->message.bytes, &type);
		if (len < 0)
			return len;
		vmbus->message_len = len;
		if (type == VMBUS_MESSAGE_TYPE && is_expected(vmbus, expected))
			return 0;
		if (type == VMBUS_MESSAGE_TYPE)
			stray_message(vmbus);
		if (currticks() - start > HV_MESSAGE_MAX_WAIT_MS)
			break;
	}
	return -ETIMEDOUT;
}

/*
 * Takes what is there before a request whose answer has no number in it: an
 * answer to an earlier one that came too late must not be taken for it.
 */
static void drain(struct vmbus *vmbus)
{
	unsigned int type, strays;
	int len;

	for (strays = 0; strays < VMBUS_MAX_STRAY; strays++) {
		len = hv_get_message(vmbus->hv, VMBUS_MESSAGE_SINT,
				     vmbus->message.bytes, &type);
		if (len < 0)
			break;
		vmbus->message_len = len;
		if (type == VMBUS_MESSAGE_TYPE)
			stray_message(vmbus);
	}
}

/* -- the connection ------------------------------------------------------- */

static int try_version(struct vmbus *vmbus, uint32_t version)
{
	struct vmbus_initiate_contact contact;
	const struct vmbus_expected response = {
		.type = VMBUS_VERSION_RESPONSE,
		.len = sizeof(vmbus->message.version),
	};
	int rc;

	drain(vmbus);
	memset(&contact, 0, sizeof(contact));
	contact.header.type = cpu_to_le32(VMBUS_INITIATE_CONTACT);
	contact.version = cpu_to_le32(version);
	contact.interrupt = cpu_to_le64(virt_to_phys(vmbus->interrupt));
	contact.monitor[0] = cpu_to_le64(virt_to_phys(vmbus->monitor[0]));
	contact.monitor[1] = cpu_to_le64(virt_to_phys(vmbus->monitor[1]));
	rc = vmbus_post(vmbus, &contact, sizeof(contact));
	if (rc)
		return rc;
	rc = vmbus_wait(vmbus, &response);
	if (rc)
		return rc;
	if (!vmbus->message.version.supported)
		return -ENOTSUP;
	vmbus->version = version;
	return 0;
}

/* The newest version that both sides know. */
static int negotiate(struct vmbus *vmbus)
{
	static const uint32_t versions[] = {
		VMBUS_VERSION_WIN8_1, VMBUS_VERSION_WIN8, VMBUS_VERSION_WIN7,
		VMBUS_VERSION_WS2008,
	};
	int rc = -ENOTSUP;
	unsigned int i;

	vmbus->version = 0;
	vmbus->connection = VMBUS_MESSAGE_ID;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		rc = try_version(vmbus, versions[i]);
		if (rc != -ENOTSUP)
			break;
	}
	return rc;
}

static int request_offers(struct vmbus *vmbus)
{
	const struct vmbus_expected delivered = {
		.type = VMBUS_ALL_OFFERS_DELIVERED,
		.len = sizeof(struct vmbus_message_header),
	};
	struct vmbus_message_header request;
	int rc;

	drain(vmbus);
	memset(&request, 0, sizeof(request));
	request.type = cpu_to_le32(VMBUS_REQUEST_OFFERS);
	rc = vmbus_post(vmbus, &request, sizeof(request));
	if (rc)
		return rc;
	return vmbus_wait(vmbus, &delivered);
}

static void free_bus(struct vmbus *vmbus)
{
	free_phys(vmbus->monitor[1], PAGE_SIZE);
	free_phys(vmbus->monitor[0], PAGE_SIZE);
	free_phys(vmbus->interrupt, PAGE_SIZE);
	free(vmbus);
}

/*
 * Goes on from one bus to the next: an answer to an earlier one may come late,
 * and must not be taken for that of a GPADL with the same number.
 */
static unsigned int new_generation(void)
{
	static unsigned int generation;

	generation = generation % VMBUS_GENERATIONS + 1;
	return generation;
}

static struct vmbus *alloc_bus(struct hv_hypervisor *hv, struct device *parent)
{
	struct vmbus *vmbus = zalloc(sizeof(*vmbus));

	if (!vmbus)
		return NULL;
	vmbus->hv = hv;
	vmbus->parent = parent;
	vmbus->generation = new_generation();
	vmbus->interrupt = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	vmbus->monitor[0] = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	vmbus->monitor[1] = malloc_phys(PAGE_SIZE, PAGE_SIZE);
	if (!vmbus->interrupt || !vmbus->monitor[0] || !vmbus->monitor[1]) {
		free_bus(vmbus);
		return NULL;
	}
	memset(vmbus->interrupt, 0, PAGE_SIZE);
	memset(vmbus->monitor[0], 0, PAGE_SIZE);
	memset(vmbus->monitor[1], 0, PAGE_SIZE);
	return vmbus;
}

/* The host may use the pages of the connection until it has answered. */
static void disconnect(struct vmbus *vmbus)
{
	const struct vmbus_expected unloaded = {
		.type = VMBUS_UNLOAD_RESPONSE,
		.len = sizeof(struct vmbus_message_header),
	};
	struct vmbus_message_header unload;
	int rc;

	drain(vmbus);
	vmbus->version = 0;
	memset(&unload, 0, sizeof(unload));
	unload.type = cpu_to_le32(VMBUS_UNLOAD);
	rc = vmbus_post(vmbus, &unload, sizeof(unload));
	if (!rc)
		rc = vmbus_wait(vmbus, &unloaded);
	if (rc) {
		abandon_phys(vmbus->interrupt);
		abandon_phys(vmbus->monitor[0]);
		abandon_phys(vmbus->monitor[1]);
	}
}

/* -- devices -------------------------------------------------------------- */

static struct vmbus_driver *find_driver(const union uuid *type)
{
	struct vmbus_driver *driver;

	for (driver = __start_vmbus_drivers; driver < __stop_vmbus_drivers;
	     driver++)
		if (!memcmp(&driver->type, type, sizeof(*type)))
			return driver;
	return NULL;
}

static struct vmbus_device *find_instance(struct vmbus *vmbus,
					  const union uuid *instance)
{
	struct vmbus_device *vmdev;

	list_for_each_entry(vmdev, &vmbus->parent->children, dev.siblings)
		if (!memcmp(&vmdev->instance, instance, sizeof(*instance)))
			return vmdev;
	return NULL;
}

/* No driver has it; the host may have taken it back while one tried. */
static void free_device(struct vmbus *vmbus, struct vmbus_device *vmdev)
{
	list_del(&vmdev->dev.siblings);
	if (vmdev->rescinded)
		release_channel(vmbus, vmdev->channel);
	free(vmdev);
}

static int probe_device(struct vmbus *vmbus,
			const struct vmbus_offer_channel *offer)
{
	struct vmbus_driver *driver = find_driver(&offer->type);
	struct vmbus_device *vmdev;
	int rc;

	if (!driver)
		return -ENOTSUP;
	vmdev = zalloc(sizeof(*vmdev));
	if (!vmdev)
		return -ENOMEM;
	memcpy(vmdev->dev.name, "VMBUS", sizeof("VMBUS"));
	vmdev->dev.driver_name = driver->name;
	vmdev->dev.parent = vmbus->parent;
	INIT_LIST_HEAD(&vmdev->dev.children);
	INIT_LIST_HEAD(&vmdev->pages);
	vmdev->hv = vmbus->hv;
	vmdev->driver = driver;
	vmdev->instance = offer->instance;
	vmdev->channel = le32_to_cpu(offer->channel);
	vmdev->seen = 1;
	list_add_tail(&vmdev->dev.siblings, &vmbus->parent->children);
	rc = driver->probe(vmdev);
	if (rc)
		free_device(vmbus, vmdev);
	return rc;
}

static void remove_device(struct vmbus *vmbus, struct vmbus_device *vmdev)
{
	vmdev->driver->remove(vmdev);
	free_device(vmbus, vmdev);
}

/* A known device under a (perhaps new) number, or a new one. */
static void take_offer(struct vmbus *vmbus,
		       const struct vmbus_offer_channel *offer)
{
	struct vmbus_device *vmdev = find_instance(vmbus, &offer->instance);
	uint32_t channel = le32_to_cpu(offer->channel);
	int rc;

	if (!channel || find_channel(vmbus, channel))
		return;		/* the number is none, or in use */
	if (!vmdev) {
		rc = probe_device(vmbus, offer);
		if (rc)
			DBGC(vmbus, "VMBUS has no driver: %s\n", strerror(rc));
		return;
	}
	if (vmdev->seen)
		return;		/* the same device twice */
	vmdev->channel = channel;
	vmdev->seen = 1;
	vmdev->rescinded = 0;
	vmdev->driver->reset(vmdev);
}

static void take_offers(struct vmbus *vmbus)
{
	struct vmbus_offer_channel offer;

	while (vmbus->nr_offers) {
		offer = vmbus->offers[0];
		vmbus->nr_offers--;
		memmove(&vmbus->offers[0], &vmbus->offers[1],
			vmbus->nr_offers * sizeof(offer));
		take_offer(vmbus, &offer);
	}
}

/* Devices that the host has taken back, or not offered again. */
static void remove_gone(struct vmbus *vmbus)
{
	struct vmbus_device *vmdev, *tmp;

	list_for_each_entry_safe(vmdev, tmp, &vmbus->parent->children,
				 dev.siblings)
		if (vmdev->rescinded || !vmdev->seen)
			remove_device(vmbus, vmdev);
}

static void remove_all(struct vmbus *vmbus)
{
	struct vmbus_device *vmdev, *tmp;

	list_for_each_entry_safe(vmdev, tmp, &vmbus->parent->children,
				 dev.siblings)
		remove_device(vmbus, vmdev);
}

/* -- called by the firmware ----------------------------------------------- */

int vmbus_probe(struct hv_hypervisor *hv, struct device *parent)
{
	struct vmbus *vmbus = alloc_bus(hv, parent);
	int rc;

	if (!vmbus)
		return -ENOMEM;
	hv->vmbus = vmbus;
	rc = negotiate(vmbus);
	if (!rc)
		rc = request_offers(vmbus);
	if (rc)
		goto err_connect;
	take_offers(vmbus);
	return 0;

err_connect:
	/* A host that has not answered may still connect. */
	if (rc != -ENOTSUP)
		disconnect(vmbus);
	hv->vmbus = NULL;
	free_bus(vmbus);
	return rc;
}

int vmbus_reset(struct hv_hypervisor *hv, struct device *parent)
{
	struct vmbus *vmbus = hv->vmbus;
	struct vmbus_device *vmdev;
	int rc;

	/* Whatever was shared is ours again, all numbers mean nothing. */
	vmbus->generation = new_generation();
	vmbus->nr_offers = 0;
	list_for_each_entry(vmdev, &parent->children, dev.siblings) {
		vmdev->seen = 0;
		vmdev->rescinded = 0;
		vmdev->nr_deferred = 0;
	}
	rc = negotiate(vmbus);
	if (!rc)
		rc = request_offers(vmbus);
	if (!rc)
		take_offers(vmbus);
	remove_gone(vmbus);
	return rc;
}

void vmbus_step(struct hv_hypervisor *hv, struct device *parent)
{
	struct vmbus *vmbus = hv->vmbus;

	(void)parent;
	drain(vmbus);
	remove_gone(vmbus);
	take_offers(vmbus);
}

void vmbus_remove(struct hv_hypervisor *hv, struct device *parent)
{
	struct vmbus *vmbus = hv->vmbus;

	(void)parent;
	remove_all(vmbus);
	disconnect(vmbus);
	hv->vmbus = NULL;
	free_bus(vmbus);
}
