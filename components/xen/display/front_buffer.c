// SPDX-License-Identifier: GPL-2.0-only
/*
 * front_buffer.c - buffers of a display frontend, and what is shown of them
 *
 * A buffer is pages of ours that the backend maps, or pages of the backend's that
 * we map. While the backend may know of it, it is in front->buffers: it leaves that
 * list when the backend has refused or destroyed it, or with the connection.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "front.h"

/* Of buffers and frame buffers: no two have ever had the same. */
static u64 new_id(void)
{
	static atomic64_t last = ATOMIC64_INIT(0);

	return atomic64_inc_return(&last);
}

/* -- pages -- */

static void free_pages_of(struct displ_buffer *buffer, int nr)
{
	int i;

	if (buffer->backend) {
		gnttab_free_pages(nr, buffer->pages);
		return;
	}
	/* The backend may have some mapped: those have another reference. */
	for (i = 0; i < nr; i++)
		put_page(buffer->pages[i]);
}

static int alloc_pages_of(struct displ_buffer *buffer)
{
	int i;

	if (buffer->backend)
		return gnttab_alloc_pages(buffer->nr_pages, buffer->pages);
	for (i = 0; i < buffer->nr_pages; i++) {
		buffer->pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!buffer->pages[i]) {
			free_pages_of(buffer, i);
			return -ENOMEM;
		}
	}
	return 0;
}

/* -- buffers -- */

static struct displ_buffer *new_buffer(struct displ_front *front, int nr_pages,
				       bool backend)
{
	struct displ_buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	struct xen_front_pgdir_shbuf_cfg cfg = {
		.xb_dev = front->xdev, .num_pages = nr_pages,
		.be_alloc = backend,
	};
	int rc = -ENOMEM;

	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->backend = backend;
	buffer->nr_pages = nr_pages;
	buffer->pages = kcalloc(nr_pages, sizeof(*buffer->pages), GFP_KERNEL);
	if (!buffer->pages)
		goto out_buffer;
	rc = alloc_pages_of(buffer);
	if (rc)
		goto out_array;
	cfg.pages = buffer->pages;
	cfg.pgdir = &buffer->shbuf;
	rc = xen_front_pgdir_shbuf_alloc(&cfg);
	if (rc)
		goto out_pages;
	buffer->id = new_id();
	list_add(&buffer->list, &front->buffers);
	return buffer;

out_pages:
	free_pages_of(buffer, nr_pages);
out_array:
	kfree(buffer->pages);
out_buffer:
	kfree(buffer);
	return ERR_PTR(rc);
}

static void free_buffer(struct displ_buffer *buffer)
{
	list_del(&buffer->list);
	xen_front_pgdir_shbuf_unmap(&buffer->shbuf);
	xen_front_pgdir_shbuf_free(&buffer->shbuf);
	free_pages_of(buffer, buffer->nr_pages);
	kfree(buffer->pages);
	kfree(buffer);
}

struct displ_buffer *displ_find_buffer(struct displ_front *front, u64 id)
{
	struct displ_buffer *buffer;

	list_for_each_entry(buffer, &front->buffers, list)
		if (buffer->id == id)
			return buffer;
	return NULL;
}

/* Is the backend through with what it was asked for? */
static bool is_settled(int rc)
{
	return rc != -ETIMEDOUT && rc != -ENODEV;
}

/* A backend that does not answer may do so later: no more with this one. */
static int ask(struct displ_front *front, struct xendispl_req *req)
{
	int rc = displ_ask(front, req);

	if (rc == -ETIMEDOUT)
		displ_give_up(front);
	return rc;
}

/* The backend does no more with @buffer, if @rc says so. */
static int free_if_settled(struct displ_buffer *buffer, int rc)
{
	if (is_settled(rc))
		free_buffer(buffer);
	return rc;
}

static int ask_create(struct displ_front *front, struct displ_buffer *buffer)
{
	struct xendispl_req req = { .operation = XENDISPL_OP_DBUF_CREATE };
	struct xendispl_dbuf_create_req *create = &req.op.dbuf_create;

	create->dbuf_cookie = buffer->id;
	create->width = PAGE_SIZE / sizeof(u32);
	create->height = buffer->nr_pages;
	create->bpp = 32;
	create->buffer_sz = buffer->nr_pages * PAGE_SIZE;
	create->flags = buffer->backend ? XENDISPL_DBUF_FLG_REQ_ALLOC : 0;
	create->gref_directory =
		xen_front_pgdir_shbuf_get_dir_start(&buffer->shbuf);
	return ask(front, &req);
}

static int ask_destroy(struct displ_front *front, struct displ_buffer *buffer)
{
	struct xendispl_req req = { .operation = XENDISPL_OP_DBUF_DESTROY };

	req.op.dbuf_destroy.dbuf_cookie = buffer->id;
	return ask(front, &req);
}

int displ_create(struct displ_front *front, int nr_pages, bool backend,
		 u64 *id)
{
	struct displ_buffer *buffer = new_buffer(front, nr_pages, backend);
	int rc;

	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	rc = ask_create(front, buffer);
	if (rc)
		return free_if_settled(buffer, rc);
	rc = xen_front_pgdir_shbuf_map(&buffer->shbuf);
	if (rc) {
		free_if_settled(buffer, ask_destroy(front, buffer));
		return rc;
	}
	*id = buffer->id;
	return 0;
}

/* Before the backend may have its pages back we let go of them. */
int displ_destroy(struct displ_front *front, u64 id)
{
	struct displ_buffer *buffer = displ_find_buffer(front, id);
	int rc;

	if (!buffer)
		return -ENOENT;
	if (buffer->nr_fbs)
		return -EBUSY;
	rc = xen_front_pgdir_shbuf_unmap(&buffer->shbuf);
	if (rc)
		return rc;
	return free_if_settled(buffer, ask_destroy(front, buffer));
}

/* -- frame buffers -- */

static void release_fb(struct kref *kref)
{
	kfree(container_of(kref, struct displ_fb, kref));
}

void displ_put_fb(struct displ_fb *fb)
{
	kref_put(&fb->kref, release_fb);
}

/* Under lock. */
static struct displ_fb *find_fb(struct displ_front *front, u64 id)
{
	struct displ_fb *fb;

	list_for_each_entry(fb, &front->fbs, list)
		if (fb->id == id)
			return fb;
	return NULL;
}

struct displ_fb *displ_get_fb(struct displ_front *front, u64 id)
{
	struct displ_fb *fb;

	spin_lock_irq(&front->lock);
	fb = find_fb(front, id);
	if (fb)
		kref_get(&fb->kref);
	spin_unlock_irq(&front->lock);
	return fb;
}

/* More than were asked for are an invention of the backend's. */
void displ_flip_done(struct displ_front *front, u64 id)
{
	struct displ_fb *fb = find_fb(front, id);

	if (!fb || fb->done == fb->sent)
		return;
	fb->done++;
	wake_up_all(&fb->flipped);
}

int displ_attach(struct displ_front *front, u64 id, u64 *fb_id)
{
	struct displ_buffer *buffer = displ_find_buffer(front, id);
	struct xendispl_req req = { .operation = XENDISPL_OP_FB_ATTACH };
	struct displ_fb *fb;
	int rc;

	if (!buffer)
		return -ENOENT;
	fb = kzalloc(sizeof(*fb), GFP_KERNEL);
	if (!fb)
		return -ENOMEM;
	kref_init(&fb->kref);
	init_waitqueue_head(&fb->flipped);
	fb->buffer = buffer;
	fb->id = new_id();
	req.op.fb_attach.dbuf_cookie = id;
	req.op.fb_attach.fb_cookie = fb->id;
	req.op.fb_attach.width = PAGE_SIZE / sizeof(u32);
	req.op.fb_attach.height = buffer->nr_pages;
	rc = ask(front, &req);
	if (rc) {
		kfree(fb);
		return rc;
	}
	buffer->nr_fbs++;
	*fb_id = fb->id;
	spin_lock_irq(&front->lock);
	list_add(&fb->list, &front->fbs);
	spin_unlock_irq(&front->lock);
	return 0;
}

/* Who waits for it is told, and keeps it until he has seen that. */
static void drop_fb(struct displ_front *front, struct displ_fb *fb)
{
	spin_lock_irq(&front->lock);
	list_del(&fb->list);
	WRITE_ONCE(fb->gone, true);
	wake_up_all(&fb->flipped);
	spin_unlock_irq(&front->lock);
	fb->buffer->nr_fbs--;
	displ_put_fb(fb);
}

static int ask_about_fb(struct displ_front *front, u8 operation, u64 id)
{
	struct xendispl_req req = { .operation = operation };

	/* All of them have the cookie there. */
	req.op.fb_detach.fb_cookie = id;
	return ask(front, &req);
}

int displ_detach(struct displ_front *front, u64 id)
{
	struct displ_fb *fb = displ_get_fb(front, id);
	int rc;

	if (!fb)
		return -ENOENT;
	rc = ask_about_fb(front, XENDISPL_OP_FB_DETACH, id);
	if (is_settled(rc))
		drop_fb(front, fb);
	displ_put_fb(fb);
	return rc;
}

int displ_flip(struct displ_front *front, u64 id)
{
	struct displ_fb *fb = displ_get_fb(front, id);
	int rc;

	if (!fb)
		return -ENOENT;
	/* Before it is asked for: it may be done before that is answered. */
	spin_lock_irq(&front->lock);
	fb->sent++;
	spin_unlock_irq(&front->lock);
	rc = ask_about_fb(front, XENDISPL_OP_PG_FLIP, id);
	if (rc == -EREMOTEIO || rc == -ENOTCONN) {
		spin_lock_irq(&front->lock);
		fb->sent = max(fb->sent - 1, fb->done);
		spin_unlock_irq(&front->lock);
	}
	displ_put_fb(fb);
	return rc;
}

void displ_free_all(struct displ_front *front)
{
	struct displ_buffer *buffer, *next;
	struct displ_fb *fb, *next_fb;

	list_for_each_entry_safe(fb, next_fb, &front->fbs, list)
		drop_fb(front, fb);
	list_for_each_entry_safe(buffer, next, &front->buffers, list)
		free_buffer(buffer);
}
