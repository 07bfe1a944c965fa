// SPDX-License-Identifier: GPL-2.0-only
/*
 * ghcb.c - talking to the host of a guest whose registers it cannot see
 *
 * Each vCPU has a page that it shares with the host (GHCB). What the host is to
 * know of an exit is copied there, and a bit set for each field that is; what
 * it answers is found there. The page is the host's to write at any time, so
 * each answer is read once, and nothing in it is believed that matters.
 *
 *	interrupts off
 *	no field is valid  -> fill in  -> VMGEXIT -> look -> no field is valid
 *	interrupts on
 *
 * No field may be valid from an exit before: that would tell the host what a
 * register held then, or have it take a stale one for an answer.
 */
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/types.h>
#include <asm/mshyperv.h>
#include <asm/sev.h>
#include <asm/svm.h>

#define USAGE_HYPERCALL	1
#define USAGE_NONE	0xffffffff

/* Input of a hypercall takes the place of registers: GHCB specification, 4. */
#define CALL_DATA_BYTES	(509 * sizeof(u64))

union hv_ghcb {
	struct ghcb ghcb;
	struct {
		u8 data[CALL_DATA_BYTES];
		u64 output_gpa;
		u64 control;		/* afterwards the result */
		u64 reserved;
	} call;
} __packed __aligned(HV_HYP_PAGE_SIZE);

static u16 hv_ghcb_version __ro_after_init = GHCB_PROTOCOL_MAX;

/* The page of this vCPU, or NULL; interrupts are off. */
static union hv_ghcb *this_ghcb(void)
{
	union hv_ghcb **slot;

	BUILD_BUG_ON(sizeof(union hv_ghcb) != HV_HYP_PAGE_SIZE);
	WARN_ON(in_nmi());
	if (!hv_ghcb_pg)
		return NULL;
	slot = (union hv_ghcb **)this_cpu_ptr(hv_ghcb_pg);
	return *slot;
}

static void forget_fields(struct ghcb *ghcb)
{
	memset(ghcb->save.valid_bitmap, 0, sizeof(ghcb->save.valid_bitmap));
}

/* 0, or -EIO: the host says that it did not work. */
static int msr_exit(struct ghcb *ghcb, bool write)
{
	u64 info;

	ghcb->protocol_version = hv_ghcb_version;
	ghcb->ghcb_usage = GHCB_DEFAULT_USAGE;
	ghcb_set_sw_exit_code(ghcb, SVM_EXIT_MSR);
	ghcb_set_sw_exit_info_1(ghcb, write);
	ghcb_set_sw_exit_info_2(ghcb, 0);
	VMGEXIT();
	info = READ_ONCE(ghcb->save.sw_exit_info_1);
	return lower_32_bits(info) ? -EIO : 0;
}

void hv_ghcb_msr_write(u64 msr, u64 value)
{
	union hv_ghcb *page;
	unsigned long flags;
	int rc = -ENODEV;

	local_irq_save(flags);
	page = this_ghcb();
	if (page) {
		forget_fields(&page->ghcb);
		ghcb_set_rcx(&page->ghcb, msr);
		ghcb_set_rax(&page->ghcb, lower_32_bits(value));
		ghcb_set_rdx(&page->ghcb, upper_32_bits(value));
		rc = msr_exit(&page->ghcb, true);
		forget_fields(&page->ghcb);
	}
	local_irq_restore(flags);
	if (rc)
		pr_warn_ratelimited("Hyper-V: MSR 0x%llx not written: %d\n",
				    msr, rc);
}
EXPORT_SYMBOL_GPL(hv_ghcb_msr_write);

/* *value is 0 where the host gives none. */
void hv_ghcb_msr_read(u64 msr, u64 *value)
{
	union hv_ghcb *page;
	unsigned long flags;
	int rc = -ENODEV;

	*value = 0;
	local_irq_save(flags);
	page = this_ghcb();
	if (page) {
		forget_fields(&page->ghcb);
		ghcb_set_rcx(&page->ghcb, msr);
		rc = msr_exit(&page->ghcb, false);
		if (!rc)
			*value = lower_32_bits(READ_ONCE(page->ghcb.save.rax)) |
				 (u64)lower_32_bits(READ_ONCE(
					page->ghcb.save.rdx)) << 32;
		forget_fields(&page->ghcb);
	}
	local_irq_restore(flags);
	if (rc)
		pr_warn_ratelimited("Hyper-V: MSR 0x%llx not read: %d\n", msr,
				    rc);
}
EXPORT_SYMBOL_GPL(hv_ghcb_msr_read);

/*
 * A hypercall that the host itself serves. @output: its physical address.
 * Returns the status of the call, or an errno in its place.
 */
u64 hv_ghcb_hypercall(u64 control, void *input, void *output, u32 input_size)
{
	union hv_ghcb *page;
	unsigned long flags;
	u64 status = -EFAULT;

	if (input_size > CALL_DATA_BYTES)
		return -EINVAL;
	local_irq_save(flags);
	page = this_ghcb();
	if (page) {
		page->ghcb.protocol_version = GHCB_PROTOCOL_MAX;
		page->ghcb.ghcb_usage = USAGE_HYPERCALL;
		page->call.output_gpa = (u64)output;
		page->call.control = control & 0xffff;
		if (input_size)
			memcpy(page->call.data, input, input_size);
		VMGEXIT();
		status = hv_result(READ_ONCE(page->call.control));
		page->ghcb.ghcb_usage = USAGE_NONE;
		/* Input is all over the fields of other exits. */
		memset(page->call.data, 0, sizeof(page->call.data));
	}
	local_irq_restore(flags);
	return status;
}

/* -- without a page: one MSR ---------------------------------------------- */

static u64 exchange_msr(u64 value)
{
	native_wrmsrl(MSR_AMD64_SEV_ES_GHCB, value);
	VMGEXIT();
	return __rdmsr(MSR_AMD64_SEV_ES_GHCB);
}

void hv_ghcb_terminate(unsigned int set, unsigned int reason)
{
	for (;;)
		exchange_msr(GHCB_MSR_TERM_REQ |
			     GHCB_SEV_TERM_REASON(set, reason));
}

/* False: there is no version that both sides speak. The page is kept. */
bool hv_ghcb_negotiate_protocol(void)
{
	u64 page = __rdmsr(MSR_AMD64_SEV_ES_GHCB);
	u64 answer = exchange_msr(GHCB_MSR_SEV_INFO_REQ);
	u64 min = GHCB_MSR_PROTO_MIN(answer), max = GHCB_MSR_PROTO_MAX(answer);

	native_wrmsrl(MSR_AMD64_SEV_ES_GHCB, page);
	if (GHCB_MSR_INFO(answer) != GHCB_MSR_SEV_INFO_RESP ||
	    max < GHCB_PROTOCOL_MIN || min > GHCB_PROTOCOL_MAX || min > max)
		return false;
	hv_ghcb_version = min_t(u64, max, GHCB_PROTOCOL_MAX);
	return true;
}
