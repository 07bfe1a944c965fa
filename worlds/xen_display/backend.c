/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * backend.c - a display backend that does what the protocol says
 *
 * FAULT MODEL
 *
 * Left alone it is honest: it maps what it is told of, answers each request in
 * order, tells of each flip, lets go of everything when the frontend closes, and
 * begins again with InitWait. It may be short of things (it refuses) and slow. What
 * else it does are ops of the peer (peer.c): whatever a domain can do with its own
 * part of the store, with what it maps, and with its ports.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sim/decide.h>

#include "xen_display.h"

#define SOURCE_KEEPER	0x122		/* of events */
#define SOURCE_VBLANK	0x123
#define FRAME_NS	16666667ull

static struct xen *xen_of(const struct backend *be)
{
	return be->world->xen.xen;
}

void backend_wake(struct backend *be)
{
	be->woken = true;
	if (be->fiber)
		sim_fiber_wake(be->world->xen.host.world.sim, be->fiber);
}

unsigned int backend_front_state(struct display_world *w)
{
	return xen_store_number(w->store, FRONT_DIR "/state", XENBUS_UNKNOWN);
}

unsigned int backend_state(struct display_world *w)
{
	return xen_store_number(w->store, BACK_DIR "/state", XENBUS_UNKNOWN);
}

void backend_set_state(struct display_world *w, unsigned int state)
{
	char text[8];

	if (backend_state(w) == state)
		return;
	if (backend_state(w) == XENBUS_CONNECTED)
		w->backend.left_ns = sim_now_ns(w->xen.host.world.sim);
	snprintf(text, sizeof(text), "%u", state);
	xen_store_write(w->store, PEER_DOMID, BACK_DIR "/state", text);
}

/* -- what it maps --------------------------------------------------------- */

static int64_t map(const struct backend *be, uint32_t ref, bool write)
{
	const struct xen_map map = {
		.mapper = PEER_DOMID, .granter = GUEST_DOMID, .ref = ref,
		.write = write, .at = XEN_NO_FRAME,
	};

	return xen_map(xen_of(be), &map);
}

static void *page(const struct backend *be, int64_t handle)
{
	return handle < 0 ? NULL : xen_page(xen_of(be), PEER_DOMID,
					    (uint32_t)handle, true);
}

static void unmap(struct backend *be, int64_t *handle)
{
	if (*handle >= 0 && be->keep && be->nr_kept < BE_KEPT)
		be->kept[be->nr_kept++] = *handle;
	else if (*handle >= 0)
		xen_unmap(xen_of(be), PEER_DOMID, (uint32_t)*handle);
	*handle = BE_NONE;
}

/* Whoever keeps something does not do so for ever. */
static void forget(struct sim *sim, struct sim_event *event)
{
	struct backend *be = (struct backend *)
		((char *)event - offsetof(struct backend, forget));

	(void)sim;
	while (be->nr_kept)
		xen_unmap(xen_of(be), PEER_DOMID,
			  (uint32_t)be->kept[--be->nr_kept]);
}

struct displ_ring *backend_ring(struct backend *be)
{
	return page(be, be->requests.handle);
}

struct displ_event_page *backend_events(struct backend *be)
{
	return page(be, be->events.handle);
}

/* -- buffers -------------------------------------------------------------- */

static struct be_buffer *find_buffer(struct backend *be, uint64_t cookie,
				     bool live)
{
	uint32_t i;

	for (i = 0; i < BE_BUFFERS; i++)
		if (be->buffers[i].live == live &&
		    (!live || be->buffers[i].cookie == cookie))
			return &be->buffers[i];
	return NULL;
}

const struct be_buffer *backend_buffer(const struct backend *be,
				       uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < BE_BUFFERS; i++)
		if (be->buffers[i].live && be->buffers[i].cookie == cookie)
			return &be->buffers[i];
	return NULL;
}

static void drop_buffer(struct backend *be, struct be_buffer *buffer)
{
	uint32_t i;

	for (i = 0; i < buffer->nr_pages; i++)
		unmap(be, &buffer->pages[i]);
	unmap(be, &buffer->directory);
	buffer->live = false;
}

/* It is told of references that it may use: if not, the frontend is wrong. */
static int64_t map_told(struct backend *be, uint32_t ref)
{
	int64_t handle = map(be, ref, true);

	if (handle == GNTST_NO_DEVICE_SPACE)
		return -ENOSPC;
	if (handle < 0) {
		judge_told(&be->world->xen.host.world, "reference", handle);
		return -EIO;
	}
	if (page(be, handle))
		judge_page(&be->world->xen.host.world, page(be, handle));
	return handle;
}

/* Its own pages repeat. */
static void fill_directory(struct backend *be, const struct be_buffer *buffer)
{
	uint32_t *words = page(be, buffer->directory), i;

	for (i = 0; words && i < buffer->nr_pages; i++)
		words[1 + i] = PEER_FIRST_REF + i % PEER_SLOTS;
}

/* An op of the peer may take everything away meanwhile. */
static int map_pages(struct backend *be, struct be_buffer *buffer)
{
	uint32_t i;

	for (i = 0; i < buffer->nr_pages; i++) {
		const uint32_t *words = page(be, buffer->directory);

		if (!words)
			return -EIO;
		buffer->pages[i] = map_told(be, words[1 + i]);
		if (buffer->pages[i] < 0)
			return (int)buffer->pages[i];
	}
	return 0;
}

static int create(struct backend *be, const struct displ_request *request)
{
	struct be_buffer *buffer = find_buffer(be, 0, false);
	uint32_t nr = request->create.bytes / SIM_FRAME_BYTES, i;
	int rc = 0;

	if (!buffer || !nr || nr > XEN_DISPL_MAX_PAGES)
		return -EINVAL;
	buffer->live = true;
	buffer->cookie = request->create.dbuf_cookie;
	buffer->nr_pages = nr;
	buffer->backend = request->create.flags & DISPL_REQ_ALLOC;
	for (i = 0; i < nr; i++)
		buffer->pages[i] = BE_NONE;
	buffer->directory = map_told(be, request->create.gref_directory);
	if (buffer->directory < 0)
		rc = (int)buffer->directory;
	else if (buffer->backend)
		fill_directory(be, buffer);
	else
		rc = map_pages(be, buffer);
	if (rc)
		drop_buffer(be, buffer);
	return rc;
}

static int destroy(struct backend *be, uint64_t cookie)
{
	struct be_buffer *buffer = find_buffer(be, cookie, true);
	bool keep = be->keep;

	if (!buffer)
		return -ENOENT;
	/* What it has said that it has destroyed it has let go of. */
	be->keep = false;
	drop_buffer(be, buffer);
	be->keep = keep;
	return 0;
}

/* -- frame buffers -------------------------------------------------------- */

static struct be_fb *find_fb(struct backend *be, uint64_t cookie, bool live)
{
	uint32_t i;

	for (i = 0; i < BE_FBS; i++)
		if (be->fbs[i].live == live &&
		    (!live || be->fbs[i].cookie == cookie))
			return &be->fbs[i];
	return NULL;
}

const struct be_fb *backend_fb(const struct backend *be, uint64_t cookie)
{
	uint32_t i;

	for (i = 0; i < BE_FBS; i++)
		if (be->fbs[i].live && be->fbs[i].cookie == cookie)
			return &be->fbs[i];
	return NULL;
}

static int attach(struct backend *be, const struct displ_request *request)
{
	struct be_fb *fb = find_fb(be, 0, false);

	if (!fb || !find_buffer(be, request->attach.dbuf_cookie, true))
		return -EINVAL;
	fb->live = true;
	fb->cookie = request->attach.fb_cookie;
	fb->dbuf = request->attach.dbuf_cookie;
	return 0;
}

static int detach(struct backend *be, uint64_t cookie)
{
	struct be_fb *fb = find_fb(be, cookie, true);

	if (!fb)
		return -ENOENT;
	fb->live = false;
	return 0;
}

void backend_flip(struct backend *be, uint64_t cookie)
{
	struct displ_event_page *events = backend_events(be);
	struct displ_event *event;

	/* One that does not read them misses some. */
	if (!events || be->evt_prod - events->cons >= DISPL_EVENT_SLOTS)
		return;
	event = &events->slots[be->evt_prod % DISPL_EVENT_SLOTS];
	*event = (struct displ_event){
		.id = (uint16_t)be->evt_prod, .type = DISPL_EVENT_PG_FLIP,
		.fb_cookie = cookie,
	};
	told_flip(be->world, cookie);
	events->prod = ++be->evt_prod;
	xen_event_send(xen_of(be), PEER_DOMID, (uint32_t)be->events.port);
}

/* A frame is shown when the last one has been shown to its end. */
static void vblank(struct sim *sim, struct sim_event *event)
{
	struct backend *be = (struct backend *)
		((char *)event - offsetof(struct backend, vblank));
	uint32_t i;

	(void)sim;
	for (i = 0; i < be->nr_flips; i++)
		backend_flip(be, be->flips[i]);
	be->nr_flips = 0;
}

static void flip_later(struct backend *be, uint64_t cookie)
{
	if (be->hold || be->at_once || be->nr_flips == BE_FLIPS)
		return;
	be->flips[be->nr_flips++] = cookie;
	if (!be->vblank.queued)
		sim_event_after(be->world->xen.host.world.sim, &be->vblank,
				FRAME_NS);
}

/* -- requests ------------------------------------------------------------- */

static int serve(struct backend *be, const struct displ_request *request)
{
	if (be->refuse) {
		be->refuse--;
		return -EBUSY;
	}
	switch (request->operation) {
	case DISPL_DBUF_CREATE:
		return create(be, request);
	case DISPL_DBUF_DESTROY:
		return destroy(be, request->cookie);
	case DISPL_FB_ATTACH:
		return attach(be, request);
	case DISPL_FB_DETACH:
		return detach(be, request->cookie);
	case DISPL_PG_FLIP:
		return find_fb(be, request->cookie, true) ? 0 : -ENOENT;
	default:
		return -EOPNOTSUPP;
	}
}

static void answer(struct backend *be, const struct displ_request *request,
		   int status)
{
	struct displ_ring *ring = backend_ring(be);
	uint32_t was = be->rsp_prod;

	ring->slots[was % DISPL_RING_SLOTS].response = (struct displ_response){
		.id = request->id, .operation = request->operation,
		.status = status,
	};
	ring->rsp_prod = ++be->rsp_prod;
	be->answered_ns = sim_now_ns(be->world->xen.host.world.sim);
	if (ring->rsp_event - was == 1)
		xen_event_send(xen_of(be), PEER_DOMID,
			       (uint32_t)be->requests.port);
}

/* False: there is no other. */
static bool serve_next(struct backend *be)
{
	struct displ_ring *ring = backend_ring(be);
	struct displ_request request;
	int rc;

	if (!ring)
		return false;
	/* More than there is room for: what is there now is no ring any more. */
	if (ring->req_prod - be->req_cons > DISPL_RING_SLOTS)
		return false;
	if (be->req_cons == ring->req_prod) {
		ring->req_event = be->req_cons + 1;
		return be->req_cons != ring->req_prod;
	}
	request = ring->slots[be->req_cons % DISPL_RING_SLOTS].request;
	be->req_cons++;
	rc = serve(be, &request);
	if (!rc && request.operation == DISPL_PG_FLIP && be->at_once)
		backend_flip(be, request.cookie);
	/* Gone meanwhile? */
	if (!backend_ring(be))
		return false;
	answer(be, &request, rc);
	if (!rc && request.operation == DISPL_PG_FLIP)
		flip_later(be, request.cookie);
	return true;
}

/* -- the connection ------------------------------------------------------- */

static bool open_channel(struct backend *be, struct be_channel *channel,
			 const char *ref, const char *port)
{
	struct xen_store *store = be->world->store;

	channel->handle = map_told(be, xen_store_number(store, ref, 0));
	if (channel->handle < 0)
		return false;
	channel->port = xen_event_bind(xen_of(be), PEER_DOMID, GUEST_DOMID,
				       xen_store_number(store, port, 0));
	if (channel->port >= 0)
		return true;
	if (channel->port != -ENOSPC)
		judge_told(&be->world->xen.host.world, "port", channel->port);
	unmap(be, &channel->handle);
	return false;
}

static void close_channel(struct backend *be, struct be_channel *channel)
{
	if (channel->handle < 0)
		return;
	xen_event_close(xen_of(be), PEER_DOMID, (uint32_t)channel->port);
	unmap(be, &channel->handle);
}

bool backend_is_through(struct backend *be)
{
	const struct displ_ring *ring = backend_ring(be);

	if (!be->connected)
		return be->through;
	return ring && ring->req_prod == be->req_cons &&
	       be->rsp_prod == be->req_cons;
}

void backend_disconnect(struct backend *be)
{
	uint32_t i;

	be->through = backend_is_through(be);
	be->connected = false;
	be->nr_flips = 0;
	memset(be->fbs, 0, sizeof(be->fbs));
	for (i = 0; i < BE_BUFFERS; i++)
		if (be->buffers[i].live)
			drop_buffer(be, &be->buffers[i]);
	close_channel(be, &be->events);
	close_channel(be, &be->requests);
	if (be->nr_kept)
		sim_event_after(be->world->xen.host.world.sim, &be->forget,
				PEER_KEEPS_NS);
}

static bool open_channels(struct backend *be)
{
	if (!open_channel(be, &be->requests, FRONT_DIR "/0/req-ring-ref",
			  FRONT_DIR "/0/req-event-channel"))
		return false;
	if (open_channel(be, &be->events, FRONT_DIR "/0/evt-ring-ref",
			 FRONT_DIR "/0/evt-event-channel"))
		return true;
	close_channel(be, &be->requests);
	return false;
}

static void connect(struct backend *be)
{
	struct display_world *w = be->world;

	be->lied = be->hasty;
	be->odd_flips = be->far = false;
	be->indices = 0;
	if (!open_channels(be)) {
		be->unable = true;
		return;
	}
	be->req_cons = be->rsp_prod = be->evt_prod = 0;
	be->connected = true;
	backend_set_state(w, XENBUS_CONNECTED);
}

/* -- what it does when something has happened ------------------------------ */

static bool front_is_up(unsigned int state)
{
	return state == XENBUS_INITIALISED || state == XENBUS_CONNECTED;
}

static void look(struct backend *be)
{
	struct display_world *w = be->world;
	unsigned int front = backend_front_state(w);

	be->hasty = be->hasty && front == XENBUS_INITIALISED;
	if (be->connected && !front_is_up(front)) {
		judge_end(w);
		backend_disconnect(be);
		backend_set_state(w, XENBUS_CLOSED);
	}
	if (be->connected) {
		while (serve_next(be))
			;
		return;
	}
	if (front == XENBUS_INITIALISING)
		backend_set_state(w, XENBUS_INIT_WAIT);
	else if (front == XENBUS_INITIALISED &&
		 backend_state(w) == XENBUS_INIT_WAIT)
		connect(be);
}

static void run(void *arg)
{
	struct backend *be = arg;
	struct sim *sim = be->world->xen.host.world.sim;

	for (;;) {
		while (!be->woken || be->dead)
			sim_fiber_block(sim);
		be->woken = false;
		if (sim_now_ns(sim) < be->deaf_until_ns)
			sim_fiber_sleep(sim, be->deaf_until_ns -
					     sim_now_ns(sim));
		if (!be->dead)
			look(be);
	}
}

static void changed(void *arg)
{
	backend_wake(arg);
}

static void port_event(void *arg, uint32_t port)
{
	(void)port;
	backend_wake(arg);
}

/* What whoever builds domains writes for the frontend. */
void backend_plug_front(struct display_world *w)
{
	static const struct {
		const char *path, *value;
	} nodes[] = {
		{ FRONT_DIR "/backend-id", "2" },
		{ FRONT_DIR "/backend", BACK_DIR },
		{ FRONT_DIR "/state", "1" },
	};
	uint32_t i;

	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		xen_store_write(w->store, XEN_BUILDER_DOMID, nodes[i].path,
				nodes[i].value);
}

void backend_plug(struct display_world *w)
{
	static const struct {
		const char *path, *value;
	} nodes[] = {
		{ BACK_DIR "/frontend-id", "1" },
		{ BACK_DIR "/frontend", FRONT_DIR },
		{ BACK_DIR "/state", "1" },
	};
	struct backend *be = &w->backend;
	const struct xen_event_options events = {
		.event = port_event, .arg = be,
	};
	uint32_t i;

	be->world = w;
	be->requests.handle = be->events.handle = BE_NONE;
	sim_event_init(&be->forget, forget, SOURCE_KEEPER, 0);
	sim_event_init(&be->vblank, vblank, SOURCE_VBLANK, 0);
	xen_event_domain(w->xen.xen, PEER_DOMID, &events);
	backend_plug_front(w);
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++)
		xen_store_write(w->store, XEN_BUILDER_DOMID, nodes[i].path,
				nodes[i].value);
	xen_store_watch(w->store, &(const struct xen_store_watch){
		.path = FRONT_DIR "/state", .changed = changed, .arg = be,
	});
}

void backend_start(struct display_world *w)
{
	const struct sim_fiber_options options = {
		.name = "backend", .fn = run, .arg = &w->backend,
		.daemon = true,
	};

	w->backend.fiber = sim_fiber_new(w->xen.host.world.sim, &options);
	backend_wake(&w->backend);
}
