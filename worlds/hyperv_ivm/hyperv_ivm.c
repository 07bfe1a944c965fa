/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hyperv_ivm.c - an isolated guest, its host, and what they do to each other
 *
 * A word of the guest goes to private memory as a secret, with the number of
 * its op in it, and above the boundary as what it is.
 */
#include <errno.h>
#include <string.h>

#include <sim/decide.h>
#include <kernel/instance.h>
#include <sim/fiber.h>
#include <sim/memory.h>
#include <worlds/host_backend.h>

#include "hyperv_ivm.h"

/* HvPostMessage, which the host serves by way of the GHCB. */
#define HVCALL_POST_MESSAGE	0x5c

int64_t ivm_call(struct world *world, unsigned int cmd, void *arg,
		 size_t bytes)
{
	return one_host_ioctl(world, ivm(world)->file, cmd, arg, bytes);
}

static void find_pool(struct world *world)
{
	struct hv_memory_pool pool = { 0 };
	struct ivm_world *w = ivm(world);
	unsigned int tries = 0;

	/* Faults of the program are no reason not to know. */
	while (ivm_call(world, HV_MEMORY_POOL, &pool, sizeof(pool)) < 0)
		sim_assert(++tries < 1000);
	w->pool = pool.address;
	w->pool_bytes = pool.bytes;
}

static int64_t open_device(struct world *world, const uint64_t *args)
{
	int64_t file = one_host_open(world, "hv-memory");

	if (file < 0)
		return file;
	ivm(world)->file = file;
	ivm(world)->file_open = true;
	find_pool(world);
	return 0;
}

/* The first of a new kernel to come opens the device. */
static int64_t begin(struct world *world)
{
	struct ivm_world *w = ivm(world);

	w->calls++;
	return w->file_open ? 0 : open_device(world, NULL);
}

static int64_t end(struct world *world, int64_t rc)
{
	ivm_judge_frames(world);
	return rc;
}

/* -- buffers -------------------------------------------------------------- */

/* Physical address of page @page of buffer @id, or UINT64_MAX. */
static uint64_t phys_of(struct world *world, uint64_t id, uint64_t page)
{
	struct hv_memory_page arg = { .id = id, .page = page };
	const struct ivm_world *w = ivm(world);

	if (ivm_call(world, HV_MEMORY_PAGE, &arg, sizeof(arg)) < 0 ||
	    arg.pfn >= w->nr_frames / w->frames_per_page)
		return UINT64_MAX;
	return arg.pfn * w->page_bytes;
}

static int64_t alloc_buffer(struct world *world, uint32_t kind, uint32_t pages)
{
	struct hv_memory_alloc alloc = { .kind = kind, .pages = pages };
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_ALLOC, &alloc, sizeof(alloc));
	if (!rc) {
		ivm(world)->pages[alloc.id] = pages;
		ivm(world)->one_piece[alloc.id] = kind == HV_MEMORY_PAGES;
		ivm(world)->mapped[alloc.id] = 0;
	}
	return end(world, rc < 0 ? rc : alloc.id);
}

int64_t op_alloc(struct world *world, const uint64_t *args)
{
	return alloc_buffer(world, args[0], args[1]);
}

int64_t op_alloc_large(struct world *world, const uint64_t *args)
{
	uint64_t per_page = ivm(world)->frames_per_page;

	return alloc_buffer(world, HV_MEMORY_VMALLOC,
			    (IVM_LARGE + args[0] + per_page - 1) / per_page);
}

/* Pages of a buffer; one that there is not has one, for all it matters. */
static uint32_t pages_of(struct world *world, uint64_t id)
{
	uint32_t pages = id < HV_MEMORY_BUFFERS ? ivm(world)->pages[id] : 1;

	return pages ? pages : 1;
}

static struct hv_memory_range range_of(struct world *world,
				       const uint64_t *args)
{
	uint32_t pages = pages_of(world, args[0]);
	struct hv_memory_range range = {
		.id = args[0], .first = args[1] % pages, .pages = args[2],
	};

	if (!range.pages || range.pages > pages - range.first)
		range.pages = pages - range.first;
	return range;
}

/* In the mapping, where one is used that there is. */
static uint64_t offset_of(struct world *world, uint64_t id, uint64_t via,
			  uint64_t offset)
{
	uint64_t bytes = pages_of(world, id) * ivm(world)->page_bytes;

	if (via == HV_MEMORY_ALIAS && id < HV_MEMORY_BUFFERS &&
	    ivm(world)->mapped[id] >= 8)
		bytes = ivm(world)->mapped[id] & ~7ull;
	return offset % bytes & ~7ull;
}

int64_t op_free(struct world *world, const uint64_t *args)
{
	struct hv_memory_range range = { .id = args[0], .later = args[1] };
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_FREE, &range, sizeof(range));
	if (!rc)
		ivm(world)->mapped[args[0]] = 0;
	/* Whose frames they were nobody remembers. */
	if (!rc)
		ivm_words_forget(world, 0, UINT64_MAX);
	return end(world, rc);
}

/* Borders of calls of the hypervisor, and of the range. */
static void judge_range(struct world *world,
			const struct hv_memory_range *range)
{
	uint64_t per_page = ivm(world)->frames_per_page;
	const uint64_t pages[] = {
		0, 509 / per_page, 510 / per_page, range->pages - 1,
	};
	unsigned int i;

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (pages[i] < range->pages)
			ivm_judge_page(world, range->id,
				       range->first + pages[i]);
}

static int64_t change(struct world *world, const uint64_t *args,
		      unsigned int cmd)
{
	struct hv_memory_range range = range_of(world, args);
	int64_t rc = begin(world);

	if (rc)
		return end(world, rc);
	ivm_words_forget(world, 0, UINT64_MAX);
	rc = ivm_call(world, cmd, &range, sizeof(range));
	ivm_words_forget(world, 0, UINT64_MAX);
	judge_range(world, &range);
	return end(world, rc);
}

int64_t op_share(struct world *world, const uint64_t *args)
{
	return change(world, args, HV_MEMORY_SHARE);
}

int64_t op_hide(struct world *world, const uint64_t *args)
{
	return change(world, args, HV_MEMORY_HIDE);
}

static int64_t map_buffer(struct world *world, struct hv_memory_map *map)
{
	uint64_t bytes = map->bytes;
	int64_t rc = ivm_call(world, HV_MEMORY_MAP, map, sizeof(*map));

	if (!rc)
		ivm(world)->mapped[map->id] = bytes;
	return rc;
}

int64_t op_ready(struct world *world, const uint64_t *args)
{
	const uint64_t all[] = { args[0], 0, 0 };
	uint64_t size = pages_of(world, args[0]) * ivm(world)->page_bytes;
	struct hv_memory_map map = {
		.id = args[0], .bytes = size - args[1] % size,
	};
	int64_t rc = op_share(world, all);

	return end(world, rc ? rc : map_buffer(world, &map));
}

int64_t op_map(struct world *world, const uint64_t *args)
{
	struct hv_memory_map map = { .id = args[0], .bytes = args[1] };
	int64_t rc = begin(world);

	return end(world, rc ? rc : map_buffer(world, &map));
}

int64_t op_unmap(struct world *world, const uint64_t *args)
{
	struct hv_memory_range range = { .id = args[0] };
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_UNMAP, &range, sizeof(range));
	if (!rc)
		ivm(world)->mapped[args[0]] = 0;
	return end(world, rc);
}

/* -- words ---------------------------------------------------------------- */

static uint64_t secret(struct world *world, uint64_t value)
{
	return IVM_SECRET | (uint64_t)(sim_op(world->sim) & 0xff) << 32 | value;
}

int64_t op_store(struct world *world, const uint64_t *args)
{
	struct hv_memory_word word = {
		.id = args[0], .via = args[1],
		.offset = offset_of(world, args[0], args[1], args[2]),
		.value = args[3],
	};
	uint64_t page_bytes = ivm(world)->page_bytes, phys;
	int64_t rc = begin(world);

	if (rc)
		return end(world, rc);
	if (word.via == HV_MEMORY_HOME)
		word.value = secret(world, word.value);
	/* What is being mapped may take it along. */
	if (ivm(world)->bouncing)
		ivm(world)->told_all = true;
	phys = phys_of(world, word.id, word.offset / page_bytes);
	/* Where asking has failed it may be any of them. */
	if (phys == UINT64_MAX)
		ivm_words_forget(world, 0, UINT64_MAX);
	else
		ivm_words_forget(world, phys + word.offset % page_bytes, 8);
	rc = ivm_call(world, HV_MEMORY_STORE, &word, sizeof(word));
	if (!rc && phys != UINT64_MAX)
		ivm_word_written(world, phys + word.offset % page_bytes,
				 word.value);
	return end(world, rc);
}

int64_t op_load(struct world *world, const uint64_t *args)
{
	struct hv_memory_word word = {
		.id = args[0], .via = args[1],
		.offset = offset_of(world, args[0], args[1], args[2]),
	};
	uint64_t page_bytes = ivm(world)->page_bytes, phys;
	int64_t rc = begin(world);
	uint32_t calls, written;

	if (rc)
		return end(world, rc);
	phys = phys_of(world, word.id, word.offset / page_bytes);
	calls = ivm(world)->calls;
	/* A store that had begun before may end in between. */
	written = ivm(world)->nr_written;
	rc = ivm_call(world, HV_MEMORY_LOAD, &word, sizeof(word));
	if (!rc && phys != UINT64_MAX && calls == ivm(world)->calls &&
	    written == ivm(world)->nr_written &&
	    !world->running[ACTOR_SECOND] && !world->running[ACTOR_HOST])
		ivm_word_read(world, phys + word.offset % page_bytes,
			      word.value);
	return end(world, rc);
}

#define SLOT_BYTES	2048		/* of bounce buffers */

/* A mapping takes whole slots, and begins in one where its buffer does in a page. */
static uint32_t slots_of(const struct hv_memory_bounce *bounce)
{
	return (uint32_t)((bounce->offset % SLOT_BYTES + bounce->bytes +
			   SLOT_BYTES - 1) / SLOT_BYTES);
}

static int64_t bounce_through(struct world *world,
			      struct hv_memory_bounce *bounce)
{
	struct ivm_counts *counts = &ivm(world)->counts;
	uint64_t from_ns = sim_now_ns(world->sim);
	uint32_t slots = slots_of(bounce);
	int64_t rc;

	counts->slots += slots;
	if (counts->slots > counts->most_slots)
		counts->most_slots = counts->slots;
	world_series_add(&counts->used, world_time_ns(world), counts->slots);
	rc = ivm_call(world, HV_MEMORY_BOUNCE, bounce, sizeof(*bounce));
	counts->slots -= slots;
	if (rc)
		return rc;
	counts->bytes += bounce->bytes;
	world_spread_add(&counts->bounce_ns, sim_now_ns(world->sim) - from_ns);
	world_series_add(&counts->rate, world_time_ns(world), bounce->bytes);
	return 0;
}

/* What a device may see, and what is there when it has gone. */
int64_t op_bounce(struct world *world, const uint64_t *args)
{
	uint64_t size = pages_of(world, args[0]) * ivm(world)->page_bytes;
	struct hv_memory_bounce bounce = {
		.id = args[0], .direction = args[1],
		.offset = args[2] % size & ~7ull, .bytes = args[3] & ~7ull,
		.us = args[4],
	};
	struct ivm_world *w = ivm(world);
	uint32_t writes = w->pool_writes;
	int64_t rc = begin(world);
	uint64_t phys;

	if (rc)
		return end(world, rc);
	if (bounce.bytes > size - bounce.offset)
		bounce.bytes = size - bounce.offset;
	w->bounced = true;
	w->bouncing++;
	phys = phys_of(world, bounce.id, 0);
	/* A fault of the program has kept us from knowing where it is. */
	if (phys == UINT64_MAX)
		w->told_all = true;
	else if (w->one_piece[bounce.id])
		ivm_tell(world, phys + bounce.offset, bounce.bytes);
	rc = bounce_through(world, &bounce);
	w->bouncing--;
	if (!rc)
		ivm_judge_mapping(world, &bounce);
	if (bounce.direction != HV_MEMORY_TO_DEVICE && writes != w->pool_writes)
		ivm_words_forget(world, 0, UINT64_MAX);
	return end(world, rc);
}

/* What lies behind the page must not make a difference. */
int64_t op_stray(struct world *world, const uint64_t *args)
{
	struct hv_memory_stray stray = {
		.id = args[0], .page = args[1] % pages_of(world, args[0]),
	};
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_STRAY, &stray, sizeof(stray));
	return end(world, rc);
}

int64_t op_crash(struct world *world, const uint64_t *args)
{
	struct hv_memory_message text = { .bytes = args[0] };
	int64_t rc = begin(world);

	memset(text.data, 'x', sizeof(text.data));
	if (!rc)
		rc = ivm_call(world, HV_MEMORY_CRASH, &text, sizeof(text));
	return end(world, rc);
}

/* -- the host's registers and calls --------------------------------------- */

static unsigned int vcpu_of(struct world *world)
{
	return world->calls[sim_op(world->sim) - 1].op->actor;
}

int64_t op_set_register(struct world *world, const uint64_t *args)
{
	struct hv_memory_register reg = { .sint = args[0], .value = args[1] };
	unsigned int cpu = vcpu_of(world);
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_SET, &reg, sizeof(reg));
	ivm(world)->sints[args[0]][cpu] = args[1];
	ivm(world)->sint_known[args[0]][cpu] = !rc && !ivm(world)->powers;
	return end(world, rc);
}

int64_t op_get_register(struct world *world, const uint64_t *args)
{
	struct hv_memory_register reg = { .sint = args[0] };
	unsigned int cpu = vcpu_of(world);
	int64_t rc = begin(world);

	if (!rc)
		rc = ivm_call(world, HV_MEMORY_GET, &reg, sizeof(reg));
	if (!rc && ivm(world)->sint_known[args[0]][cpu] &&
	    reg.value != ivm(world)->sints[args[0]][cpu])
		one_host_raise(world, "wrong-value", "register",
			       "a register does not hold what was written",
			       "the host has done as it was asked");
	return end(world, rc);
}

int64_t op_post(struct world *world, const uint64_t *args)
{
	struct hv_memory_message message = { .bytes = args[0] };
	struct ivm_world *w = ivm(world);
	int64_t rc = begin(world);
	unsigned int i;

	for (i = 0; i < args[0]; i++)
		message.data[i] = (uint8_t)(i + w->calls);
	memcpy(w->message, message.data, sizeof(w->message));
	w->message_bytes = args[0];
	if (!rc)
		rc = ivm_call(world, HV_MEMORY_POST, &message, sizeof(message));
	if (!rc && message.status && !w->powers)
		one_host_raise(world, "wrong-value", "status",
			       "a call that has worked is said to have failed",
			       "the host has done as it was asked");
	return end(world, rc);
}

/* What the host gets of a message is what was sent. */
static uint64_t take_message(void *arg, const struct machine_hypercall *call)
{
	struct world *world = arg;
	struct ivm_world *w = arg;
	uint8_t data[HV_MEMORY_MAX_MESSAGE];

	snp_host_read(w->snp, call->input, data, sizeof(data));
	if (!w->powers && memcmp(data, w->message, w->message_bytes))
		one_host_raise(world, "wrong-value", "message",
			       "the host does not get what the guest has sent",
			       "its bytes differ");
	return HV_SUCCESS;
}

/* -- the host ------------------------------------------------------------- */

/* Programs name frames of a guest with small pages. */
static uint64_t host_phys(const struct ivm_world *w, uint64_t frame,
			  uint64_t offset)
{
	if (w->frames_per_page > 1)
		frame = frame * w->nr_frames / IVM_FRAMES;
	return frame * SIM_FRAME_BYTES + (offset & ~7ull);
}

int64_t op_host_read(struct world *world, const uint64_t *args)
{
	struct ivm_world *w = ivm(world);
	uint64_t value;

	if (!w->snp)
		return -EOPNOTSUPP;
	return snp_host_read(w->snp, host_phys(w, args[0], args[1]), &value,
			     sizeof(value));
}

int64_t op_host_write(struct world *world, const uint64_t *args)
{
	struct ivm_world *w = ivm(world);
	uint64_t phys = host_phys(w, args[0], args[1]);
	int64_t rc;

	if (!w->snp || !(w->powers & HYPERV_SCRIBBLES))
		return -EOPNOTSUPP;
	ivm_words_forget(world, phys, 8);
	rc = snp_host_write(w->snp, phys, &args[2], sizeof(args[2]));
	ivm_words_forget(world, phys, rc ? 0 : 8);
	return rc;
}

/* Anywhere in the pool, whoever has it mapped, and when nobody has. */
int64_t op_host_dma(struct world *world, const uint64_t *args)
{
	struct ivm_world *w = ivm(world);
	uint64_t at = (args[0] * 2048 + (args[1] & ~7ull));

	if (!w->snp || !w->pool_bytes)
		return -EOPNOTSUPP;
	at %= w->pool_bytes;
	w->pool_writes++;
	return snp_host_write(w->snp, w->pool + at, &args[2], sizeof(args[2]));
}

int64_t op_host_sleep(struct world *world, const uint64_t *args)
{
	sim_fiber_sleep(world->sim, args[0] * 1000);
	return 0;
}

static void between_kernels(struct one_host *host)
{
	struct world *world = &host->world;
	struct ivm_world *w = ivm(world);

	ivm_judge_restart(world);
	hyperv_reset(w->hv);
	w->file_open = false;
	w->nr_words = 0;
	memset(w->mapped, 0, sizeof(w->mapped));
	memset(w->pages, 0, sizeof(w->pages));
	memset(w->sint_known, 0, sizeof(w->sint_known));
	w->pool_bytes = 0;
	w->told_all = true;
}

/* The host is honest meanwhile: what it refuses would be no fault of theirs. */
int64_t op_kexec(struct world *world, const uint64_t *args)
{
	struct ivm_world *w = ivm(world);
	int rc;

	if (w->nr_kexecs == IVM_MAX_KEXECS)
		return -EBUSY;
	w->nr_kexecs++;
	hyperv_set_powers(w->hv, 0);
	rc = one_host_kexec(&w->host, between_kernels);
	hyperv_set_powers(w->hv, w->powers);
	return end(world, rc);
}

/* -- the world ------------------------------------------------------------ */

static struct world *build(struct sim *sim, const uint64_t *config);
static void configure(struct world *world, const uint64_t *config);
static void finish(struct world *world, enum sim_end how);
static void report(struct world *world, const struct world_reporter *to);

static const struct world_type type = {
	.name = "hyperv_ivm",
	.help = "a guest whose memory its host cannot see",
	.actors = ivm_actors,
	.ops = ivm_ops, .nr_ops = IVM_NR_OPS,
	.config = ivm_config, .nr_config = IVM_NR_CONFIG,
	.nr_build_config = 1,
	.build = build, .configure = configure, .finish = finish,
	.report = report,
};

static void plug(struct one_host *host, const uint64_t *config)
{
	static const enum hyperv_isolation kinds[] = {
		HYPERV_SNP, HYPERV_VBS, HYPERV_NO_ISOLATION,
	};
	struct ivm_world *w = (struct ivm_world *)host;
	struct sim *sim = host->world.sim;
	unsigned int bits = kinds[config[0]] == HYPERV_SNP ? IVM_BOUNDARY : 0;
	const struct snp_options memory = {
		.machine = host->machine, .host = IVM_HOST,
		.boundary = bits ? 1ull << bits : 0,
	};
	struct hyperv_options options = {
		.machine = host->machine,
		.isolation = kinds[config[0]],
		.boundary_bits = bits,
		.rule_broken = ivm_rule_broken, .arg = w,
	};

	w->counts.rate = (struct world_series){
		.name = "bounced", .unit = "MB/s", .kind = WORLD_SERIES_RATE,
		.divisor = 1000000,
	};
	w->counts.used = (struct world_series){
		.name = "slots in use", .unit = "slots",
		.kind = WORLD_SERIES_MOST,
	};
	w->page_bytes = kernel_page_bytes();
	w->frames_per_page = w->page_bytes / SIM_FRAME_BYTES;
	w->nr_frames = sim_memory_frames(machine_memory(host->machine));
	if (options.isolation)
		options.snp = w->snp = snp_new(sim, &memory);
	w->hv = hyperv_new(sim, &options);
	hyperv_claim(w->hv, HVCALL_POST_MESSAGE, take_message, w);
}

static struct world *build(struct sim *sim, const uint64_t *config)
{
	const struct sim_run_options limits = { .step_budget = 1000000 };
	const struct one_host_options options = {
		.bytes = sizeof(struct ivm_world),
		.nr_cpus = 2,
		.nr_frames = kernel_page_bytes() > SIM_FRAME_BYTES ?
			     IVM_FRAMES_64K :
			     IVM_FRAMES + IVM_POOL_FRAMES,
		.nr_threads = ACTOR_HOST,
		.plug = plug,
		.config = config,
	};
	struct world *world = one_host_build_with(&type, sim, &options);

	world_call(world, ACTOR_FIRST, open_device);
	sim_assert(sim_run(sim, &limits) == SIM_END_QUIESCENT);
	sim_assert(ivm(world)->file_open);
	return world;
}

static void configure(struct world *world, const uint64_t *config)
{
	ivm(world)->powers = config[1];
	hyperv_set_powers(ivm(world)->hv, config[1]);
}

static void report(struct world *world, const struct world_reporter *to)
{
	const struct ivm_counts *counts = &ivm(world)->counts;

	if (!counts->bounce_ns.nr)
		return;
	world_report(to, "bounces", "mappings", counts->bounce_ns.nr);
	world_report(to, "bounced", "bytes", counts->bytes);
	world_report(to, "slots in use, most", "slots", counts->most_slots);
	world_report_spread(to, "bounce", "ns", &counts->bounce_ns);
	world_report_series(to, &counts->rate);
	world_report_series(to, &counts->used);
}

/* The host does its duty when files are closed: what is stuck comes free. */
static void finish(struct world *world, enum sim_end how)
{
	hyperv_set_powers(ivm(world)->hv, 0);
	/* What closes its files draws no faults, and they are forgotten. */
	if (sim_failures(world->sim, SIM_DECIDE_FAIL_ALLOC))
		hyperv_guest_guesses(ivm(world)->hv);
	one_host_finish(world, how);
	if (!sim_finding_get(world->sim))
		ivm_judge_frames(world);
}

const struct world_type *const world_types[] = { &type, NULL };
