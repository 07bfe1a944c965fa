/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypervisor.h - what a hypervisor instance offers to the bench
 *
 * As part 2 of bridge.h, for instances whose kernel is kernel/hypervisor. Its
 * user threads are vCPUs: what runs outside of the instance is guest mode, a
 * vCPU of any domain, and entering it is the exit to the hypervisor. Called
 * between kernel_enter() and kernel_exit(); those named _peek also between
 * kernel_peek_begin() and _end(). All return a negative errno on error.
 */
#ifndef VTB_HYPERVISOR_H
#define VTB_HYPERVISOR_H

/*
 * Guest-physical memory of a domain is a table of one frame, which hardware
 * walks: an entry for each guest frame, in the format of an EPT leaf.
 */
#define VTB_HV_GUEST_FRAMES	512
#define VTB_HV_EPT_READ		(1ull << 0)
#define VTB_HV_EPT_WRITE	(1ull << 1)
#define VTB_HV_EPT_FRAME(e)	((e) >> 12 & 0xffffffffffull)

/* Instructions that the machine is asked for by vtb_hypercall(). */
#define VTB_HV_INVEPT		1	/* a = domid: forget what is cached */

#define VTB_HV_MAX_DOMAINS	4	/* domids below it */

struct vtb_hv_domain_options {
	unsigned int nr_frames;		/* of memory, at guest frame 0.. */
	unsigned int max_grant_frames;
	unsigned int max_maptrack_frames;
};
int vtb_hv_domain_create(unsigned int domid,
			 const struct vtb_hv_domain_options *options);
/*
 * Takes the domain apart. -ERESTART: to be called again. What others still map
 * of it keeps a rest of it alive.
 */
int vtb_hv_domain_kill(unsigned int domid);

/*
 * A hypercall of a vCPU of @domid. -ERESTART: it goes on when the vCPU executes
 * the instruction again, with the registers as they are now.
 */
struct vtb_hv_call {
	unsigned int nr;
	unsigned long long arg[3];
};
long vtb_hv_hypercall(unsigned int domid, struct vtb_hv_call *call);
#define VTB_HV_ERESTART	85

/* -- looking in from outside -- */

struct vtb_hv_domain_state {
	unsigned long ept;		/* machine frame of the table */
	int dying;
	unsigned int version;		/* of the grant table */
	unsigned int nr_grant_frames;
	unsigned int nr_status_frames;
};
/* -ENOENT: there is no such domain, not even a rest of one. */
int vtb_hv_domain_peek(unsigned int domid, struct vtb_hv_domain_state *state);
unsigned int vtb_hv_handles_peek(unsigned int domid);	/* in use */
/* Machine frame @index of the table, of the status words; ~0ul: none. */
unsigned long vtb_hv_table_peek(unsigned int domid, unsigned int index);
unsigned long vtb_hv_status_peek(unsigned int domid, unsigned int index);

/* Machine frame behind a handle, as an IOMMU would be told; ~0ul: none. */
unsigned long vtb_hv_mapped_peek(unsigned int domid, unsigned int handle);

/* Uses of an entry, as it counts them: gnttab_pins(). */
unsigned int vtb_hv_pins_peek(unsigned int domid, unsigned int ref);

struct vtb_hv_frame_state {
	int owner;			/* domid, -1: nobody */
	int in_use;
	int heap;			/* the hypervisor's own, perhaps shared */
	int allocated;			/* to its owner: one of the references */
	unsigned int refs;
	unsigned int type_refs;		/* for writing */
};
void vtb_hv_frame_peek(unsigned long mfn, struct vtb_hv_frame_state *state);

/* Frames and objects that are allocated now. */
struct vtb_hv_account {
	unsigned long frames;
	unsigned long objects;
};
void vtb_hv_account_peek(struct vtb_hv_account *account);

#endif
