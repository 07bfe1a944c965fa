// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c - event channels of a guest
 *
 * The hypervisor interrupts vCPU 0 by a line. What has happened is in a page that
 * is shared with it:
 *
 *	upcall -> selector: words -> pending & ~masked: ports -> handlers
 *
 * A handler is called with its port's bit cleared before, so what is sent while it
 * runs is seen afterwards. One that is bound with a late end is masked until that
 * end; so its peer cannot make us do nothing else.
 *
 * Life. handlers[] is looked at in the interrupt. Unbinding takes the handler out,
 * closes the port, and waits until the interrupt is through: nothing of it runs
 * afterwards, whatever the peer sends.
 *
 * Ports are unmasked by the hypervisor: it alone can look at a bit and interrupt
 * in one step.
 */
#include <linux/bitops.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <xen/events.h>
#include <xen/hvm.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include <xen/xen.h>
#include <xen/xenbus.h>
#include <asm/sync_bitops.h>
#include <asm/xen/hypercall.h>

#define XEN_LINE	9	/* of the interrupt controller */
#define MAX_PORTS	(8 * sizeof(xen_ulong_t) * 8 * sizeof(xen_ulong_t))
#define FIRST_IRQ	64	/* numbers below are lines */
#define PORT_BITS	(8 * sizeof(xen_ulong_t))

struct event_handler {
	irq_handler_t fn;
	void *dev;
	const char *name;
	bool late_end;
};

static struct shared_info *shared;
static struct event_handler **handlers;		/* by port */

static unsigned int irq_of(evtchn_port_t port)
{
	return FIRST_IRQ + port;
}

static evtchn_port_t port_of(unsigned int irq)
{
	return irq - FIRST_IRQ;
}

/* -- masking -- */

static void mask(evtchn_port_t port)
{
	sync_set_bit(port, (void *)shared->evtchn_mask);
}

static void unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };

	(void)HYPERVISOR_event_channel_op(EVTCHNOP_unmask, &op);
}

/* -- the interrupt -- */

static void handle_port(evtchn_port_t port)
{
	struct event_handler *handler = READ_ONCE(handlers[port]);

	if (!handler) {
		mask(port);
		return;
	}
	if (handler->late_end)
		mask(port);
	sync_clear_bit(port, (void *)shared->evtchn_pending);
	handler->fn(irq_of(port), handler->dev);
}

static void handle_word(unsigned int word)
{
	xen_ulong_t bits = READ_ONCE(shared->evtchn_pending[word]) &
			   ~READ_ONCE(shared->evtchn_mask[word]);

	for (; bits; bits &= bits - 1)
		handle_port(word * PORT_BITS + __ffs(bits));
}

static irqreturn_t upcall(int line, void *unused)
{
	struct vcpu_info *vcpu = &shared->vcpu_info[0];
	xen_ulong_t words;

	do {
		WRITE_ONCE(vcpu->evtchn_upcall_pending, 0);
		/* Before we look: what comes now interrupts again. */
		words = xchg(&vcpu->evtchn_pending_sel, 0);
		for (; words; words &= words - 1)
			handle_word(__ffs(words));
	} while (READ_ONCE(vcpu->evtchn_upcall_pending));
	return IRQ_HANDLED;
}

/* -- binding -- */

static int bind(evtchn_port_t port, irq_handler_t fn, const char *name,
		void *dev, bool late_end)
{
	struct event_handler *handler;

	if (port >= MAX_PORTS)
		return -ERANGE;
	handler = kzalloc(sizeof(*handler), GFP_KERNEL);
	if (!handler)
		return -ENOMEM;
	handler->fn = fn;
	handler->dev = dev;
	handler->name = name;
	handler->late_end = late_end;
	if (cmpxchg(&handlers[port], NULL, handler)) {
		kfree(handler);
		return -EBUSY;
	}
	unmask(port);
	return irq_of(port);
}

int bind_evtchn_to_irqhandler(evtchn_port_t port, irq_handler_t fn,
			      unsigned long flags, const char *name, void *dev)
{
	return bind(port, fn, name, dev, false);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler);

int bind_evtchn_to_irqhandler_lateeoi(evtchn_port_t port, irq_handler_t fn,
				      unsigned long flags, const char *name,
				      void *dev)
{
	return bind(port, fn, name, dev, true);
}
EXPORT_SYMBOL_GPL(bind_evtchn_to_irqhandler_lateeoi);

static void close_port(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	WARN_ON(HYPERVISOR_event_channel_op(EVTCHNOP_close, &op));
}

int bind_interdomain_evtchn_to_irqhandler_lateeoi(struct xenbus_device *dev,
						  evtchn_port_t remote_port,
						  irq_handler_t fn,
						  unsigned long flags,
						  const char *name,
						  void *dev_id)
{
	struct evtchn_bind_interdomain op = {
		.remote_dom = dev->otherend_id, .remote_port = remote_port,
	};
	int rc;

	rc = HYPERVISOR_event_channel_op(EVTCHNOP_bind_interdomain, &op);
	if (rc)
		return rc;
	rc = bind(op.local_port, fn, name, dev_id, true);
	if (rc < 0)
		close_port(op.local_port);
	return rc;
}
EXPORT_SYMBOL_GPL(bind_interdomain_evtchn_to_irqhandler_lateeoi);

/* Nobody calls it twice for one: the port may be another's by then. */
void unbind_from_irqhandler(unsigned int irq, void *dev)
{
	evtchn_port_t port = port_of(irq);
	struct event_handler *handler = handlers[port];

	if (WARN_ON(!handler || handler->dev != dev))
		return;
	mask(port);
	WRITE_ONCE(handlers[port], NULL);
	synchronize_irq(XEN_LINE);
	/* Last: from here on the port may be given to somebody else. */
	close_port(port);
	kfree(handler);
}
EXPORT_SYMBOL_GPL(unbind_from_irqhandler);

void xen_irq_lateeoi(unsigned int irq, unsigned int flags)
{
	unmask(port_of(irq));
}
EXPORT_SYMBOL_GPL(xen_irq_lateeoi);

void notify_remote_via_irq(int irq)
{
	notify_remote_via_evtchn(port_of(irq));
}
EXPORT_SYMBOL_GPL(notify_remote_via_irq);

/* -- booting -- */

static int __init place_shared_info(void)
{
	struct xen_add_to_physmap op = {
		.domid = DOMID_SELF, .space = XENMAPSPACE_shared_info,
		.gpfn = virt_to_gfn(shared),
	};

	return HYPERVISOR_memory_op(XENMEM_add_to_physmap, &op);
}

static int __init have_line_raised(void)
{
	struct xen_hvm_param op = {
		.domid = DOMID_SELF, .index = HVM_PARAM_CALLBACK_IRQ,
		.value = XEN_LINE,
	};

	return HYPERVISOR_hvm_op(HVMOP_set_param, &op);
}

static int __init events_init(void)
{
	int rc = -ENOMEM;

	if (!xen_domain())
		return 0;
	shared = (void *)get_zeroed_page(GFP_KERNEL);
	handlers = kcalloc(MAX_PORTS, sizeof(*handlers), GFP_KERNEL);
	if (shared && handlers)
		rc = place_shared_info();
	if (rc)
		return rc;
	memset(shared->evtchn_mask, 0xff, sizeof(shared->evtchn_mask));
	rc = request_irq(XEN_LINE, upcall, 0, "xen", NULL);
	return rc ?: have_line_raised();
}
device_initcall_sync(events_init);
