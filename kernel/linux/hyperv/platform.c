// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - what a guest of Hyper-V finds at boot
 *
 * hv_hypercall_pg is where the hypervisor's page with the call instruction
 * would be. Kernel code calls it with registers as the TLFS has them: control
 * in rcx, input in rdx, output in r8, status in rax; nothing but these and r9
 * to r11 may change.
 */
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/types.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/mshyperv.h>
#include <asm/processor.h>
#include <vtb/runtime.h>

int hv_set_mem_host_visibility(unsigned long address, int nr_pages,
			       bool visible);

struct ms_hyperv_info ms_hyperv;
EXPORT_SYMBOL_GPL(ms_hyperv);

void vtb_hypercall_page(void);
void *hv_hypercall_pg = vtb_hypercall_page;
EXPORT_SYMBOL_GPL(hv_hypercall_pg);

/*
 * No isolation: memory is the host's to look at. Weak, as where there is some
 * it is code under test that says so.
 */
bool __weak hv_isolation_type_snp(void)
{
	return false;
}
EXPORT_SYMBOL_GPL(hv_isolation_type_snp);

bool __weak hv_is_isolation_supported(void)
{
	return false;
}
EXPORT_SYMBOL_GPL(hv_is_isolation_supported);

/* For the hooks of set_memory_decrypted(), which do not come here then. */
int __weak hv_set_mem_host_visibility(unsigned long address, int nr_pages,
				      bool visible)
{
	vtb_unmodelled("hv_set_mem_host_visibility");
}

/* Which hypervisor this is, as its CPUID has it. */
enum x86_hypervisor_type x86_hyper_type;
EXPORT_SYMBOL(x86_hyper_type);

void vtb_hypervisor_init(void)
{
	static const u32 microsoft[] = { 0x7263694d, 0x666f736f, 0x76482074 };
	static const u32 xen[] = { 0x566e6558, 0x65584d4d, 0x4d4d566e };
	u32 regs[4];

	vtb_cpuid(1, 0, regs);
	if (!(regs[2] & BIT(X86_FEATURE_HYPERVISOR % 32)))
		return;
	set_cpu_cap(&boot_cpu_data, X86_FEATURE_HYPERVISOR);
	vtb_cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS, 0, regs);
	if (!memcmp(&regs[1], microsoft, sizeof(microsoft)))
		x86_hyper_type = X86_HYPER_MS_HYPERV;
	if (!memcmp(&regs[1], xen, sizeof(xen)))
		x86_hyper_type = X86_HYPER_XEN_HVM;
}

bool hv_isolation_type_tdx(void);
bool hv_isolation_type_tdx(void)
{
	return false;
}

bool hyperv_paravisor_present;
EXPORT_SYMBOL_GPL(hyperv_paravisor_present);

/* Page table entries have no bit for it. */
u64 cc_mkenc(u64 val);
u64 cc_mkenc(u64 val)
{
	return val;
}
EXPORT_SYMBOL_GPL(cc_mkenc);

u64 cc_mkdec(u64 val);
u64 cc_mkdec(u64 val)
{
	return val;
}
EXPORT_SYMBOL_GPL(cc_mkdec);

/* Beyond all memory: what a hypervisor is told of output on a stack. */
#define NOWHERE		(1ull << 51)

phys_addr_t vtb_output_phys(void *address)
{
	return virt_addr_valid(address) ? virt_to_phys(address) : NOWHERE;
}

/* Whose input page it is: a vCPU, or -1. Not every guest here has such pages. */
extern void * __percpu *hyperv_pcpu_input_arg __weak;

static int owner_of_input(u64 input)
{
	int cpu;

	if (!&hyperv_pcpu_input_arg || !hyperv_pcpu_input_arg)
		return -1;
	for_each_possible_cpu(cpu) {
		void *page = *per_cpu_ptr(hyperv_pcpu_input_arg, cpu);

		if (page && input - virt_to_phys(page) < PAGE_SIZE)
			return cpu;
	}
	return -1;
}

/* Interrupt handlers of a vCPU make calls by the same page. */
static void check_input(u64 input)
{
	int cpu = owner_of_input(input);

	if (cpu < 0 || (cpu == raw_smp_processor_id() && irqs_disabled()))
		return;
	vtb_finding("input-page", "hypercall", __builtin_return_address(0),
		    NULL, "the input of a hypercall may change under it",
		    "its page is another vCPU's, or interrupts are on");
}

u64 vtb_hypercall_regs(u64 control, u64 input, u64 output);
u64 vtb_hypercall_regs(u64 control, u64 input, u64 output)
{
	if (!(control & HV_HYPERCALL_FAST_BIT))
		check_input(input);
	return vtb_hypercall(control & U16_MAX, control, input,
			     output);
}

/* Whoever calls has no aligned stack for us, and keeps rsi and rdi. */
asm(".pushsection .text\n"
    ".globl vtb_hypercall_page\n"
    ".type vtb_hypercall_page, @function\n"
    "vtb_hypercall_page:\n"
    "	push	%rbp\n"
    "	mov	%rsp, %rbp\n"
    "	push	%rsi\n"
    "	push	%rdi\n"
    "	push	%rcx\n"
    "	push	%rdx\n"
    "	and	$-16, %rsp\n"
    "	mov	%rcx, %rdi\n"
    "	mov	%rdx, %rsi\n"
    "	mov	%r8, %rdx\n"
    "	call	vtb_hypercall_regs\n"
    "	mov	-8(%rbp), %rsi\n"
    "	mov	-16(%rbp), %rdi\n"
    "	mov	-24(%rbp), %rcx\n"
    "	mov	-32(%rbp), %rdx\n"
    "	leave\n"
    "	ret\n"
    ".size vtb_hypercall_page, . - vtb_hypercall_page\n"
    ".popsection");
