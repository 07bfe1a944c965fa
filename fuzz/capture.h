/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capture.h - the frames of a run as a file for Wireshark (private to fuzz/)
 *
 * pcapng: one interface for each port of a world, Ethernet, times in virtual
 * nanoseconds. Blocks are written as frames come, so a run that kills the
 * process leaves a file that is good up to its last frame.
 */
#ifndef FUZZ_CAPTURE_H
#define FUZZ_CAPTURE_H

#include <worlds/figures.h>

struct capture;

/* NULL, with errno, if the file is there already or cannot be made. */
struct capture *capture_new(const char *path);

/* What a run is to be given; valid as long as the capture. */
const struct world_capture *capture_reader(const struct capture *capture);

/* Frames so far. */
uint64_t capture_frames(const struct capture *capture);

/*
 * Writes what is left, frees. Returns 0 or the negative errno of what could not
 * be written. NULL is fine.
 */
int capture_finish(struct capture *capture);

#endif
