/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * firmware.h - what a firmware instance offers to the bench
 *
 * As part 2 of bridge.h, for instances whose kernel is kernel/firmware: what
 * somebody at its console could do. Devices are numbered from 0 in the order in
 * which they were registered. Called between kernel_enter() and kernel_exit();
 * those named _peek also between kernel_peek_begin() and _end(). All return a
 * negative errno on error.
 */
#ifndef VTB_FIRMWARE_H
#define VTB_FIRMWARE_H

/* See bridge.h. For instances in an executable that has other kernels, too. */
struct vtb_runtime;
extern const struct vtb_runtime vtb_firmware_runtime;

/* Looks for the hypervisor's devices; they are gone after remove. */
int vtb_firmware_probe(void);
void vtb_firmware_remove(void);
/* The hypervisor was reset below us: everything is to be set up again. */
int vtb_firmware_reset(void);
/* What is done between two other things: offers and rescinds of the host. */
void vtb_firmware_step(void);

int vtb_firmware_open(unsigned int device);
int vtb_firmware_close(unsigned int device);
/* A copy of @frame goes out; errors that come later show in the state. */
int vtb_firmware_transmit(unsigned int device, const void *frame,
			  unsigned int bytes);
int vtb_firmware_poll(unsigned int device);
/* The next frame received: its length, -EAGAIN: none, -ENOSPC: too long. */
int vtb_firmware_receive(unsigned int device, void *frame, unsigned int room);

/* Busy waiting. */
void vtb_firmware_delay(unsigned long long ns);

struct vtb_firmware_state {
	int open;
	int link_up;
	unsigned char mac[6];
	unsigned char permanent_mac[6];
	unsigned int tx_pending;	/* with the driver, or deferred */
	unsigned int tx_good;
	unsigned int tx_bad;
	unsigned int rx_good;
	unsigned int rx_bad;
	unsigned int no_memory;		/* allocations that failed */
};
int vtb_firmware_state_peek(unsigned int device,
			    struct vtb_firmware_state *state);

/*
 * The heap. Blocks are visited in order of address; @abandoned: the firmware
 * says that somebody outside may use it for ever.
 */
struct vtb_firmware_block {
	unsigned long long phys;
	unsigned long bytes;
	unsigned long serial;		/* of the allocation */
	int abandoned;
	const void *pcs[8];		/* who allocated it, newest first */
};
/* The n-th block in use, or -ENOENT. */
int vtb_firmware_block_peek(unsigned int n, struct vtb_firmware_block *block);
unsigned long vtb_firmware_serial_peek(void);

#endif
