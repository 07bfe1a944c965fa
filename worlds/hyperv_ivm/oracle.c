/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oracle.c - what the host may see of a guest's memory
 *
 * shared-free: no frame is shared that the kernel has given to nobody: the next
 * owner would find the host in it. Holds at any moment; looked at after ops.
 *
 * secret: no frame that is shared has a word that was stored as a secret, which
 * is stored in private memory only. Frames that nobody has say nothing.
 *
 * In bounce buffers the only secrets are words that lay in what was mapped for a
 * device (told), and no device is given anything else (private-frame). After a
 * kexec, and where more was told than is remembered, they are not looked at.
 *
 * disagreement: of pages whose last change has succeeded, kernel and host know
 * the same. Judged only while no other thread of the guest is at work, as both
 * are asked one after the other.
 *
 * wrong-value: a word is what the guest has stored there last. Not judged after
 * a change of state, which takes content away, and where the host has written.
 * What the guest reads of a register is what it has written there last, unless
 * the host has the power to answer otherwise.
 *
 * shared-after-kexec: a kernel that ends takes back all that it has shared. The
 * host is honest meanwhile.
 *
 * unexpected-exception: a load that strays over the end of its page meets memory
 * that can be told to be there and must not be used; raised by the simulated
 * kernel.
 *
 * broken-rule: the interface of the hypervisor has been used as it may not be;
 * models/hyperv says so. That memory is hidden which was never shared is not
 * judged once an allocation has failed: who cannot tell how far he got hides all.
 *
 * Accesses at the wrong address, and mappings of what is no memory, are reported
 * where they are made, by ASan and by the simulated kernel.
 */
#include <stdio.h>
#include <string.h>

#include <sim/bulk.h>
#include <sim/decide.h>
#include <sim/memory.h>
#include <kernel/instance.h>
#include <worlds/raise.h>

#include "hyperv_ivm.h"

/* Words of so many shared pages are looked at; the others are large buffers. */
#define MAX_LOOKED_AT	24

/* On the stack of whoever has made the call: his function is the place. */
void ivm_rule_broken(void *arg, const char *object, const char *what)
{
	const struct world *world = arg;

	if (!strcmp(object, "page") &&
	    sim_failures(world->sim, SIM_DECIDE_FAIL_ALLOC))
		return;
	vtb_finding("broken-rule", object, __builtin_return_address(0), NULL,
		    what, "so says the specification of the interface");
}

static struct sim_memory *memory_of(struct world *world)
{
	return machine_memory(ivm(world)->host.machine);
}

static bool others_at_work(struct world *world)
{
	unsigned int actor, n = 0;

	for (actor = ACTOR_FIRST; actor <= ACTOR_SECOND; actor++)
		n += world->running[actor] != 0;
	return n > 1;
}

static bool in_pool(const struct ivm_world *w, uint64_t phys)
{
	return phys - w->pool < w->pool_bytes;
}

static bool was_told(const struct ivm_world *w, uint64_t word)
{
	uint32_t i;

	for (i = 0; i < w->nr_told; i++)
		if (w->told[i] == word)
			return true;
	return w->told_all;
}

void ivm_tell(struct world *world, uint64_t phys, uint64_t bytes)
{
	struct ivm_world *w = ivm(world);
	const char *base = sim_memory_base(memory_of(world));
	uint64_t word, at;

	/* Others may store while the device looks. */
	if (others_at_work(world))
		w->told_all = true;
	for (at = 0; at < bytes && w->snp && !w->told_all; at += sizeof(word)) {
		sim_bulk_move(&word, base + phys + at, sizeof(word));
		if ((word & IVM_SECRET_MASK) != IVM_SECRET || was_told(w, word))
			continue;
		if (w->nr_told < IVM_MAX_TOLD)
			w->told[w->nr_told++] = word;
		else
			w->told_all = true;
	}
}

void ivm_judge_mapping(struct world *world,
		       const struct hv_memory_bounce *bounce)
{
	uint64_t last = bounce->address + bounce->bytes - 1, phys;
	struct ivm_world *w = ivm(world);
	char why[SIM_FINDING_TEXT];

	for (phys = bounce->address; phys <= last; phys += SIM_FRAME_BYTES)
		if (!in_pool(w, phys) || !in_pool(w, last) ||
		    !snp_is_shared(w->snp, phys / SIM_FRAME_BYTES))
			break;
	if (phys > last)
		return;
	snprintf(why, sizeof(why), "0x%llx, %llu bytes",
		 (unsigned long long)bounce->address,
		 (unsigned long long)bounce->bytes);
	one_host_raise(world, "private-frame", "mapping",
		       "a device is given memory that is not for it", why);
}

static void raise_secret(struct world *world, uint64_t frame, size_t at,
			 uint64_t word)
{
	char why[SIM_FINDING_TEXT];

	snprintf(why, sizeof(why), "word %zu of frame %llu, stored by op %u",
		 at, (unsigned long long)frame,
		 (unsigned int)(word >> 32 & 0xff));
	one_host_raise(world, "secret", "page",
		       "the host can read what was stored in private memory",
		       why);
}

static void judge_secrets(struct world *world, uint64_t frame)
{
	const struct ivm_world *w = ivm(world);
	const uint64_t *words = snp_peek(w->snp, frame);
	bool pooled = in_pool(w, frame * SIM_FRAME_BYTES);
	size_t nr = SIM_FRAME_BYTES / sizeof(*words), at;
	uint64_t word;

	for (at = 0; at < nr; at++) {
		at += sim_bulk_find(words + at, IVM_SECRET_MASK, IVM_SECRET,
				    nr - at);
		if (at == nr)
			break;
		sim_bulk_move(&word, &words[at], sizeof(word));
		if (!pooled || !was_told(w, word))
			raise_secret(world, frame, at, word);
	}
}

/* The function under test that has freed the frame, "" if nobody knows. */
static const char *freed_by(struct world *world, uint64_t frame)
{
	struct vtb_heap_report report = { .text = "" };
	const char *name;
	unsigned int i;
	bool cut;

	kernel_peek_begin(ivm(world)->host.kernel);
	kernel_heap_report(snp_peek(ivm(world)->snp, frame), &report);
	kernel_peek_end();
	for (i = 0; i < 12 && report.free_pcs[i]; i++) {
		name = kernel_symbol(report.free_pcs[i], &cut);
		if (cut)
			return name;
	}
	return "";
}

static void judge_owner(struct world *world, uint64_t frame)
{
	char why[SIM_FINDING_TEXT];
	const struct world_finding finding = {
		.oracle = "shared-free",
		.object = "page",
		.place = { freed_by(world, frame) },
		.what = "a page went back to the allocator and the host can see it",
		.why = why,
	};

	snprintf(why, sizeof(why), "frame %llu", (unsigned long long)frame);
	world_raise(world, &finding);
}

static bool is_free(struct world *world, uint64_t frame)
{
	return sim_frame(memory_of(world), frame)->class == SIM_FRAME_FREE;
}

void ivm_judge_frames(struct world *world)
{
	const struct ivm_world *w = ivm(world);
	struct snp *snp = w->snp;
	uint64_t frame, left, looked = 0;

	if (!snp)
		return;
	left = snp_nr_shared(snp);
	for (frame = 0; left && frame < w->nr_frames; frame++) {
		if (!snp_is_shared(snp, frame))
			continue;
		left--;
		if (is_free(world, frame))
			judge_owner(world, frame);
		if (in_pool(w, frame * SIM_FRAME_BYTES) ? w->bounced :
		    looked++ < MAX_LOOKED_AT * w->frames_per_page)
			judge_secrets(world, frame);
	}
}

void ivm_judge_restart(struct world *world)
{
	struct snp *snp = ivm(world)->snp;
	char why[SIM_FINDING_TEXT];

	if (!snp || !snp_nr_shared(snp))
		return;
	snprintf(why, sizeof(why), "%llu pages, and it would not know of them",
		 (unsigned long long)snp_nr_shared(snp));
	one_host_raise(world, "shared-after-kexec", "page",
		       "the next kernel begins in memory that the host can see",
		       why);
}

/* -- what the kernel believes --------------------------------------------- */

static void compare_frame(struct world *world,
			  const struct hv_memory_page *page, uint64_t frame)
{
	bool shared = snp_is_shared(ivm(world)->snp, frame);
	char why[SIM_FINDING_TEXT];

	if (shared == (page->state == HV_MEMORY_SHARED))
		return;
	snprintf(why, sizeof(why), "page %u of the buffer, frame %llu",
		 page->page, (unsigned long long)frame);
	one_host_raise(world, "disagreement", "page", shared ?
		       "the kernel takes for private what the host can see" :
		       "the kernel takes for shared what the host cannot see",
		       why);
}

static void compare(struct world *world, const struct hv_memory_page *page)
{
	uint64_t per_page = ivm(world)->frames_per_page, i;

	if (page->state != HV_MEMORY_SHARED && page->state != HV_MEMORY_PRIVATE)
		return;
	for (i = 0; i < per_page; i++)
		compare_frame(world, page, page->pfn * per_page + i);
}

void ivm_judge_page(struct world *world, uint64_t id, uint64_t number)
{
	struct hv_memory_page page = { .id = id, .page = number };
	uint32_t calls = ivm(world)->calls;

	if (!ivm(world)->snp || others_at_work(world))
		return;
	if (ivm_call(world, HV_MEMORY_PAGE, &page, sizeof(page)) < 0 ||
	    page.pfn >= ivm(world)->nr_frames / ivm(world)->frames_per_page)
		return;
	if (calls == ivm(world)->calls && !others_at_work(world))
		compare(world, &page);
}

/* -- words ---------------------------------------------------------------- */

static struct ivm_word *find_word(struct ivm_world *w, uint64_t phys)
{
	uint32_t i;

	for (i = 0; i < w->nr_words; i++)
		if (w->words[i].phys == phys)
			return &w->words[i];
	return NULL;
}

void ivm_word_written(struct world *world, uint64_t phys, uint64_t value)
{
	struct ivm_world *w = ivm(world);
	struct ivm_word *word = find_word(w, phys);

	w->nr_written++;
	if (!word && w->nr_words < IVM_MAX_WORDS)
		word = &w->words[w->nr_words++];
	if (word)
		*word = (struct ivm_word){ phys, value, true };
}

void ivm_words_forget(struct world *world, uint64_t phys, uint64_t bytes)
{
	struct ivm_world *w = ivm(world);
	uint32_t i;

	for (i = 0; i < w->nr_words; i++)
		if (w->words[i].phys - phys < bytes)
			w->words[i].known = false;
}

void ivm_word_read(struct world *world, uint64_t phys, uint64_t value)
{
	const struct ivm_word *word = find_word(ivm(world), phys);
	char why[SIM_FINDING_TEXT];

	if (!word || !word->known || word->value == value)
		return;
	snprintf(why, sizeof(why), "0x%llx was stored and 0x%llx is there",
		 (unsigned long long)word->value, (unsigned long long)value);
	one_host_raise(world, "wrong-value", "page",
		       "memory does not hold what was stored", why);
}
