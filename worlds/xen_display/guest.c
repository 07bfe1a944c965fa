/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.c - what processes of the guest do with their display
 */
#include <errno.h>

#include "xen_display.h"

static int64_t call(struct world *world, unsigned int cmd, void *arg,
		    size_t bytes)
{
	struct xen_world *w = xen_world(world);
	uint64_t since_ns = sim_now_ns(world->sim);
	int64_t rc;

	w->took = true;
	rc = one_host_ioctl(world, w->file, cmd, arg, bytes);
	if (cmd != XEN_DISPL_WAIT)
		judge_timeout(world, rc, since_ns);
	xen_world_judge(world);
	return rc;
}

int64_t op_connect(struct world *world, const uint64_t *args)
{
	struct xen_displ_connect arg = { .ms = (uint32_t)args[0] };

	return call(world, XEN_DISPL_CONNECT, &arg, sizeof(arg));
}

int64_t op_create(struct world *world, const uint64_t *args)
{
	struct xen_displ_create arg = {
		.nr_pages = (uint32_t)args[0], .backend = (uint32_t)args[1],
	};
	uint32_t mark = xen_world_mark(world);
	int64_t rc = call(world, XEN_DISPL_CREATE, &arg, sizeof(arg));

	if (rc)
		return rc;
	judge_create(world, arg.buffer, xen_world_alone(world, mark));
	return (int64_t)arg.buffer;
}

/* Ends a buffer or a frame buffer. */
static int64_t end(struct world *world, unsigned int cmd, uint64_t id)
{
	struct xen_displ_id arg = { .id = id };
	uint32_t mark = xen_world_mark(world);
	int64_t rc = call(world, cmd, &arg, sizeof(arg));

	if (!rc)
		judge_gone(world, id, cmd == XEN_DISPL_DETACH,
			   xen_world_alone(world, mark));
	return rc;
}

int64_t op_destroy(struct world *world, const uint64_t *args)
{
	return end(world, XEN_DISPL_DESTROY, args[0]);
}

int64_t op_attach(struct world *world, const uint64_t *args)
{
	struct xen_displ_attach arg = { .buffer = args[0] };
	uint32_t mark = xen_world_mark(world);
	int64_t rc = call(world, XEN_DISPL_ATTACH, &arg, sizeof(arg));

	if (rc)
		return rc;
	judge_attach(world, args[0], arg.fb, xen_world_alone(world, mark));
	return (int64_t)arg.fb;
}

int64_t op_detach(struct world *world, const uint64_t *args)
{
	return end(world, XEN_DISPL_DETACH, args[0]);
}

int64_t op_flip(struct world *world, const uint64_t *args)
{
	struct xen_displ_id arg = { .id = args[0] };
	int64_t rc;

	asked_flip(display(world), args[0]);
	rc = call(world, XEN_DISPL_FLIP, &arg, sizeof(arg));
	answered_flip(display(world), args[0], rc);
	return rc;
}

int64_t op_wait(struct world *world, const uint64_t *args)
{
	struct xen_displ_wait arg = {
		.fb = args[0], .ms = (uint32_t)args[1],
	};
	int64_t rc = call(world, XEN_DISPL_WAIT, &arg, sizeof(arg));

	if (rc)
		return rc;
	judge_wait(world, &arg);
	return arg.left ? -ETIME : (int64_t)arg.flips;
}

int64_t op_touch(struct world *world, const uint64_t *args)
{
	struct xen_displ_access arg = {
		.buffer = args[0], .page = (uint32_t)args[1],
		.write = !args[2], .value = (uint32_t)args[3],
	};

	return call(world, XEN_DISPL_ACCESS, &arg, sizeof(arg));
}

static int64_t change_driver(struct world *world, unsigned int cmd)
{
	struct display_world *w = display(world);
	uint32_t mark = xen_world_mark(world);
	int64_t rc;

	w->driver_changed = true;
	rc = call(world, cmd, NULL, 0);
	if (!rc)
		w->bound = cmd == XEN_DISPL_BIND;
	w->unsure = !xen_world_alone(world, mark);
	return rc;
}

int64_t op_unbind(struct world *world, const uint64_t *args)
{
	(void)args;
	return change_driver(world, XEN_DISPL_UNBIND);
}

int64_t op_bind(struct world *world, const uint64_t *args)
{
	(void)args;
	return change_driver(world, XEN_DISPL_BIND);
}
