/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.c - traffic at a steady rate, and what has come of it
 *
 * FAULT MODEL
 *
 * None of its own: it sends whatever becomes of its frames, and does not slow
 * down.
 */
#include <models/net_load.h>
#include <sim/event.h>
#include <sim/finding.h>
#include <string.h>

struct net_load {
	struct sim *sim;
	struct net_load_options options;
	struct sim_event sending;
	uint64_t interval_ns;
	uint32_t left;
	uint32_t bytes;
	uint32_t number;		/* of the next one */
};

static void sending_event(struct sim *sim, struct sim_event *event)
{
	struct net_load *load = (struct net_load *)
		((char *)event - offsetof(struct net_load, sending));
	const struct net_flow head = {
		.flow = load->options.flow,
		.number = load->number++,
		.sent_ns = sim_now_ns(sim),
	};
	uint8_t frame[NET_FRAME_MAX];

	net_flow_make(frame, load->bytes, &load->options.from,
		      &load->options.to, &head);
	if (--load->left)
		sim_event_after(sim, event, load->interval_ns);
	load->options.send(load->options.arg, frame, load->bytes);
}

struct net_load *net_load_new(struct sim *sim,
			      const struct net_load_options *options)
{
	struct net_load *load = sim_alloc(sim, sizeof(*load), 8);

	load->sim = sim;
	load->options = *options;
	sim_event_init(&load->sending, sending_event, options->source, 0);
	return load;
}

void net_load_start(struct net_load *load, uint32_t count, uint32_t bytes,
		    uint64_t interval_ns)
{
	sim_assert(bytes >= NET_FLOW_MIN && bytes <= NET_FRAME_MAX);
	sim_event_cancel(load->sim, &load->sending);
	load->left = count;
	load->bytes = bytes;
	load->interval_ns = interval_ns;
	if (count)
		sim_event_after(load->sim, &load->sending, interval_ns);
}

uint64_t net_load_sent(const struct net_load *load)
{
	return load->number;
}

enum net_flow_verdict net_flow_take(struct net_flow_taken *taken,
				    const void *frame, uint32_t bytes,
				    struct net_flow *head)
{
	int rc = net_flow_read(frame, bytes, head);

	if (rc < 0)
		return NET_FLOW_CHANGED;
	if (!rc || head->flow != taken->flow)
		return NET_FLOW_OTHER;
	if (head->number < taken->next)
		return NET_FLOW_AGAIN;
	taken->missing += head->number - taken->next;
	taken->next = head->number + 1;
	taken->frames++;
	taken->bytes += bytes;
	return NET_FLOW_GOOD;
}
