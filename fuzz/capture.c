/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * capture.c - pcapng
 *
 * Layout of blocks: draft-ietf-opsawg-pcapng. All numbers are in our byte
 * order, which the section header says; all fields are padded to 32 bits.
 *
 *	| type | total length | body ... | options ... | total length |
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"

#define BLOCK_SECTION	0x0a0d0d0au
#define BLOCK_INTERFACE	1u
#define BLOCK_PACKET	6u	/* enhanced */
#define MAGIC		0x1a2b3c4du

#define OPTION_END	0
#define OPTION_APPLICATION 4	/* of a section */
#define OPTION_NAME	2	/* of an interface */
#define OPTION_RESOLUTION 9	/* of an interface: negative power of ten */
#define OPTION_FLAGS	2	/* of a packet */
#define FLAG_INBOUND	1u
#define FLAG_OUTBOUND	2u

#define LINK_ETHERNET	1

#define MAX_PORTS	32	/* what is above shares the last one */
#define MAX_BLOCK	(64 + 65536)

struct capture {
	FILE *file;
	struct world_capture reader;
	const char *ports[MAX_PORTS];
	uint32_t nr_ports;
	uint64_t frames;
	uint32_t bytes;			/* of the block that is being made */
	uint8_t block[MAX_BLOCK];
};

/* -- blocks --------------------------------------------------------------- */

static void put(struct capture *capture, const void *data, uint32_t bytes)
{
	uint32_t padded = (bytes + 3) & ~3u;

	memset(capture->block + capture->bytes, 0, padded);
	memcpy(capture->block + capture->bytes, data, bytes);
	capture->bytes += padded;
}

static void put32(struct capture *capture, uint32_t value)
{
	put(capture, &value, sizeof(value));
}

static void put_option(struct capture *capture, uint16_t code,
		       const void *data, uint16_t bytes)
{
	const uint16_t head[2] = { code, bytes };

	put(capture, head, sizeof(head));
	put(capture, data, bytes);
}

static void begin(struct capture *capture, uint32_t type)
{
	capture->bytes = 0;
	put32(capture, type);
	put32(capture, 0);		/* the length, see end() */
}

static void end(struct capture *capture)
{
	uint32_t total;

	put32(capture, OPTION_END);	/* code and length */
	total = capture->bytes + (uint32_t)sizeof(total);
	memcpy(capture->block + 4, &total, sizeof(total));
	put32(capture, total);
	fwrite(capture->block, 1, capture->bytes, capture->file);
}

static void put_section(struct capture *capture)
{
	static const char application[] = "vtbench";
	const uint16_t version[2] = { 1, 0 };

	begin(capture, BLOCK_SECTION);
	put32(capture, MAGIC);
	put(capture, version, sizeof(version));
	put32(capture, UINT32_MAX);	/* length of the section: not known */
	put32(capture, UINT32_MAX);
	put_option(capture, OPTION_APPLICATION, application,
		   sizeof(application) - 1);
	end(capture);
}

static void put_interface(struct capture *capture, const char *name)
{
	const uint16_t link[2] = { LINK_ETHERNET, 0 };
	const uint8_t nanoseconds = 9;

	begin(capture, BLOCK_INTERFACE);
	put(capture, link, sizeof(link));
	put32(capture, 0);		/* no limit of the length */
	put_option(capture, OPTION_NAME, name, (uint16_t)strlen(name));
	put_option(capture, OPTION_RESOLUTION, &nanoseconds, 1);
	end(capture);
}

static uint32_t port_of(struct capture *capture, const char *name)
{
	uint32_t i;

	for (i = 0; i < capture->nr_ports; i++)
		if (!strcmp(capture->ports[i], name))
			return i;
	if (i == MAX_PORTS)
		return i - 1;
	put_interface(capture, name);
	capture->ports[capture->nr_ports++] = name;
	return i;
}

static void put_frame(void *arg, const struct world_frame *frame)
{
	struct capture *capture = arg;
	const uint32_t flags = frame->outbound ? FLAG_OUTBOUND : FLAG_INBOUND;
	uint32_t port = port_of(capture, frame->port);
	uint32_t bytes = frame->bytes < 65536 ? frame->bytes : 65535;

	begin(capture, BLOCK_PACKET);
	put32(capture, port);
	put32(capture, (uint32_t)(frame->time_ns >> 32));
	put32(capture, (uint32_t)frame->time_ns);
	put32(capture, bytes);
	put32(capture, frame->bytes);
	put(capture, frame->data, bytes);
	put_option(capture, OPTION_FLAGS, &flags, sizeof(flags));
	end(capture);
	capture->frames++;
}

/* -- files ---------------------------------------------------------------- */

struct capture *capture_new(const char *path)
{
	struct capture *capture = calloc(1, sizeof(*capture));

	if (!capture)
		return NULL;
	capture->file = fopen(path, "wxb");
	if (!capture->file) {
		free(capture);
		return NULL;
	}
	capture->reader = (struct world_capture){
		.frame = put_frame, .arg = capture,
	};
	put_section(capture);
	return capture;
}

const struct world_capture *capture_reader(const struct capture *capture)
{
	return &capture->reader;
}

uint64_t capture_frames(const struct capture *capture)
{
	return capture->frames;
}

int capture_finish(struct capture *capture)
{
	int rc = 0;

	if (!capture)
		return 0;
	if (ferror(capture->file))
		rc = -EIO;
	if (fclose(capture->file) && !rc)
		rc = -errno;
	free(capture);
	return rc;
}
