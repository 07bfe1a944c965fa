// SPDX-License-Identifier: GPL-2.0-only
/*
 * front_channel.c - the pages a display frontend shares with its backend
 *
 * Two pages with an event channel each: a ring of requests and their answers, and a
 * page in which the backend writes events. The backend may write both at any
 * moment: what is in them is copied before it is looked at, and indices are
 * believed only as far as they make sense.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <xen/events.h>

#include "front.h"
#include "xen_displ_ioctl.h"

/* -- answers -- */

static void take_answer(struct displ_front *front,
			const struct xendispl_resp *resp)
{
	struct displ_call *call = &front->call;

	/* One that comes too late is nobody's any more. */
	if (!call->waiting || resp->id != call->id)
		return;
	call->waiting = false;
	call->status = resp->status ? -EREMOTEIO : 0;
	complete(&call->answered);
}

static void take_answers(struct displ_front *front)
{
	struct xen_displif_front_ring *ring = &front->ring;
	struct xendispl_resp resp;
	RING_IDX prod;
	int more;

	do {
		prod = READ_ONCE(ring->sring->rsp_prod);
		virt_rmb();
		if (RING_RESPONSE_PROD_OVERFLOW(ring, prod) ||
		    prod - ring->rsp_cons > ring->req_prod_pvt - ring->rsp_cons) {
			schedule_work(&front->broken);
			return;
		}
		while (ring->rsp_cons != prod) {
			RING_COPY_RESPONSE(ring, ring->rsp_cons, &resp);
			ring->rsp_cons++;
			take_answer(front, &resp);
		}
		RING_FINAL_CHECK_FOR_RESPONSES(ring, more);
	} while (more);
}

/* -- events -- */

static void take_events(struct displ_front *front)
{
	struct xendispl_event_page *page = front->events.page;
	u32 prod = READ_ONCE(page->in_prod);
	struct xendispl_evt evt;

	virt_rmb();
	if (prod - front->event_cons > XENDISPL_IN_RING_LEN) {
		schedule_work(&front->broken);
		return;
	}
	for (; front->event_cons != prod; front->event_cons++) {
		evt = *(volatile struct xendispl_evt *)
			&XENDISPL_IN_RING_REF(page, front->event_cons);
		if (evt.type == XENDISPL_EVT_PG_FLIP)
			displ_flip_done(front, evt.op.pg_flip.fb_cookie);
	}
	virt_wmb();
	WRITE_ONCE(page->in_cons, prod);
}

/* -- interrupts -- */

static irqreturn_t handle(int irq, struct displ_front *front,
			  void (*take)(struct displ_front *front))
{
	unsigned long flags;

	spin_lock_irqsave(&front->lock, flags);
	if (front->connected)
		take(front);
	spin_unlock_irqrestore(&front->lock, flags);
	xen_irq_lateeoi(irq, 0);
	return IRQ_HANDLED;
}

static irqreturn_t request_event(int irq, void *arg)
{
	return handle(irq, arg, take_answers);
}

static irqreturn_t event_event(int irq, void *arg)
{
	return handle(irq, arg, take_events);
}

/* -- requests -- */

/* Under lock. True: the backend wants to be told. */
static bool push(struct displ_front *front, struct xendispl_req *req)
{
	struct xen_displif_front_ring *ring = &front->ring;
	bool notify;

	req->id = ++front->call.id;
	*RING_GET_REQUEST(ring, ring->req_prod_pvt) = *req;
	ring->req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(ring, notify);
	return notify;
}

static int send(struct displ_front *front, struct xendispl_req *req)
{
	bool notify;

	spin_lock_irq(&front->lock);
	if (!front->connected || RING_FULL(&front->ring)) {
		spin_unlock_irq(&front->lock);
		return -ENOTCONN;
	}
	reinit_completion(&front->call.answered);
	front->call.waiting = true;
	notify = push(front, req);
	spin_unlock_irq(&front->lock);
	if (notify)
		notify_remote_via_irq(front->requests.irq);
	return 0;
}

int displ_ask(struct displ_front *front, struct xendispl_req *req)
{
	struct displ_call *call = &front->call;
	int rc = send(front, req);

	if (rc)
		return rc;
	wait_for_completion_timeout(&call->answered,
				    msecs_to_jiffies(XEN_DISPL_TIMEOUT_MS));
	spin_lock_irq(&front->lock);
	rc = call->waiting ? -ETIMEDOUT : call->status;
	call->waiting = false;
	spin_unlock_irq(&front->lock);
	return rc;
}

/* -- opening and closing -- */

static int open_channel(struct displ_front *front,
			struct displ_channel *channel, irq_handler_t handler)
{
	int rc;

	rc = xenbus_setup_ring(front->xdev, GFP_KERNEL, &channel->page, 1,
			       &channel->gref);
	if (rc)
		return rc;
	rc = xenbus_alloc_evtchn(front->xdev, &channel->port);
	if (rc)
		goto out_ring;
	rc = bind_evtchn_to_irqhandler_lateeoi(channel->port, handler, 0,
					       front->xdev->devicetype, front);
	if (rc < 0)
		goto out_port;
	channel->irq = rc;
	return 0;

out_port:
	xenbus_free_evtchn(front->xdev, channel->port);
out_ring:
	xenbus_teardown_ring(&channel->page, 1, &channel->gref);
	return rc;
}

static void close_channel(struct displ_front *front,
			  struct displ_channel *channel)
{
	if (!channel->irq)
		return;
	/* First: the handler looks at the page. */
	unbind_from_irqhandler(channel->irq, front);
	channel->irq = 0;
	xenbus_teardown_ring(&channel->page, 1, &channel->gref);
}

int displ_channels_open(struct displ_front *front)
{
	struct xen_displif_sring *sring;
	int rc;

	rc = open_channel(front, &front->requests, request_event);
	if (rc)
		return rc;
	sring = front->requests.page;
	XEN_FRONT_RING_INIT(&front->ring, sring, XEN_PAGE_SIZE);
	front->event_cons = 0;
	rc = open_channel(front, &front->events, event_event);
	if (rc)
		close_channel(front, &front->requests);
	return rc;
}

void displ_channels_close(struct displ_front *front)
{
	close_channel(front, &front->events);
	close_channel(front, &front->requests);
}

/* -- telling of them -- */

static int write_channel(struct displ_front *front,
			 struct xenbus_transaction t, const char *dir,
			 bool events)
{
	const struct displ_channel *channel = events ? &front->events :
						       &front->requests;
	int rc;

	rc = xenbus_printf(t, dir, events ? XENDISPL_FIELD_EVT_RING_REF :
					    XENDISPL_FIELD_REQ_RING_REF,
			   "%u", channel->gref);
	return rc ?: xenbus_printf(t, dir, events ? XENDISPL_FIELD_EVT_CHANNEL :
						    XENDISPL_FIELD_REQ_CHANNEL,
				   "%u", channel->port);
}

static int publish_once(struct displ_front *front, const char *dir)
{
	struct xenbus_transaction t;
	int rc, end;

	rc = xenbus_transaction_start(&t);
	if (rc)
		return rc;
	rc = write_channel(front, t, dir, false);
	if (!rc)
		rc = write_channel(front, t, dir, true);
	end = xenbus_transaction_end(t, rc != 0);
	return rc ?: end;
}

int displ_channels_publish(struct displ_front *front)
{
	char *dir = kasprintf(GFP_KERNEL, "%s/0", front->xdev->nodename);
	int rc;

	if (!dir)
		return -ENOMEM;
	do {
		rc = publish_once(front, dir);
	} while (rc == -EAGAIN);
	kfree(dir);
	return rc;
}
