/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * one_host.h - the smallest world: one machine, one kernel, one process
 *
 * For components that a process reaches through a device file. A world type of
 * this kind has as many actors as it names; each is a thread of the process.
 * Its own state follows struct one_host in memory:
 *
 *	struct thing_world { struct one_host host; ... };
 *
 * and is zero when a program begins. Ops run on threads of the process and may
 * block.
 *
 * Oracles that every such world has: the run comes to an end (hang), the kernel
 * holds nothing more than before when all files are closed (leak); memory and
 * locks are watched by the sanitizers and by the simulated kernel.
 */
#ifndef WORLDS_ONE_HOST_H
#define WORLDS_ONE_HOST_H

#include <sim/finding.h>
#include <vtb/bridge.h>
#include <worlds/op.h>

#define ONE_HOST_MAX_FILES	32	/* numbers of files are below */

struct one_host {
	struct world world;
	struct machine *machine;
	void *kernel;
	void *process;
	int start_error;
	unsigned int nr_cpus;
	unsigned int nr_threads;	/* the first so many actors */
	unsigned int nr_started;		/* private, as the next */
	struct one_host_thread *threads;	/* of each actor */
	uint64_t open_files;		/* a bit each */
	struct vtb_account baseline;	/* booted, no file open */
	struct vtb_holders holders;	/* at that time */
	const char *may_grow;		/* functions called so are not to blame
					 * for pages at the end: the begin of
					 * their names; may be NULL */
	bool may_leak;			/* whatever is left at the end */
	bool may_hang;			/* whoever waits then */
	const char *leak_after;		/* part of the name of a leak */
};

/* What the kernel holds now is what it may hold at the end. */
void one_host_set_baseline(struct one_host *host);

/* For world_type.build; @bytes is the size of the whole struct. */
struct world *one_host_build(const struct world_type *type, struct sim *sim,
			     size_t bytes);

/*
 * Anything else; what is zero is as above.
 *
 * @bytes:	of the whole struct
 * @nr_cpus:	vCPUs, 1 to 4; threads of different ones are in the kernel at the
 *		same time, actor i is on vCPU i % @nr_cpus
 * @nr_frames:	of the machine; 0: 128
 * @command_line: of the kernel, a constant
 * @nr_threads:	the first so many actors are threads of the process, the others
 *		fibers outside of the kernel; 0: all are threads
 * @fibers_are_cpus: what these fibers load and store by sim_access() goes by the
 *		memory model too, so they need barriers; otherwise they see
 *		stores when all do, and are seen at once
 * @plug:	makes what the machine has beside memory, before it boots; called
 *		with @config, the world's configuration
 * @start:	called on the first thread before anything else is done; an
 *		errno is an error of the bench
 */
struct one_host_options {
	size_t bytes;
	unsigned int nr_cpus;
	uint64_t nr_frames;
	const char *command_line;
	unsigned int nr_threads;
	bool fibers_are_cpus;
	void (*plug)(struct one_host *host, const uint64_t *config);
	const uint64_t *config;
	int (*start)(struct one_host *host);
};
struct world *one_host_build_with(const struct world_type *type,
				  struct sim *sim,
				  const struct one_host_options *options);

/*
 * Another kernel begins in the machine's memory (kexec): reboot notifiers of the
 * old one run, @between is called (or NULL), the new one boots, and its threads
 * take over their actors, with no file open. From an actor that is no thread.
 *
 * -EBUSY	an op of the old kernel does not come to an end
 */
int one_host_kexec(struct one_host *host, void (*between)(struct one_host *));

/* For world_type.finish. */
void one_host_finish(struct world *world, enum sim_end end);

/* System calls of the process: >= 0 or a negative errno. */
int64_t one_host_open(struct world *world, const char *device);
int64_t one_host_close(struct world *world, uint64_t file);
/* @arg is copied to user memory and, unless the call fails, back. */
int64_t one_host_ioctl(struct world *world, uint64_t file, unsigned int cmd,
		       void *arg, size_t bytes);

/* For op tables: an op that closes its first argument; one actor, "user". */
int64_t one_host_run_close(struct world *world, const uint64_t *args);
extern const char *const one_host_user[];

/* A safety finding of the op that is running. */
void one_host_raise(struct world *world, const char *oracle,
		    const char *object, const char *what, const char *why);

#endif
