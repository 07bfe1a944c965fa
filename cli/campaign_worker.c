/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_worker.c - fuzzing processes and what they say
 *
 * Each is a process group of its own, so that Ctrl-C reaches this program
 * only, which then stops them in order. What they print is read line by line,
 * kept in a log, and looked at for the engine's status lines and for ours.
 * What an engine leaves in files, it collects itself (engine.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign.h"

#define STOP_GRACE_MS	8000
#define COLLECT_EVERY_MS	2000

/* What a process that was asked to stop exits with. */
#define EXIT_INTERRUPTED	72

/* Lines of a process that people must see, and how they begin. */
static bool is_urgent(const char *line)
{
	return !strncmp(line, "vtb: cannot save", 16) ||
	       !strncmp(line, "vtb: unmodelled", 15) ||
	       !strncmp(line, "vtb: bench error", 16);
}

/*
 * The inputs of a pair are shared by its lanes. Engines count edges in their
 * own ways; libFuzzer's count is of edges alone, and preferred.
 */
static void note_status(const struct worker *worker)
{
	const struct engine_stats *stats = &worker->stats;
	struct pair *pair = worker->pair;

	if (stats->edges > pair->edges &&
	    worker->lane->engine == pair->lanes[0].engine)
		pair->edges = stats->edges;
	if (stats->features > pair->features)
		pair->features = stats->features;
	if (stats->corpus > pair->corpus)
		pair->corpus = stats->corpus;
}

/*
 * "vtb: stats programs=1 ops=2 ok=3": totals of the process that ran them,
 * which is a child of ours or, after one has died, another child of a child.
 */
static void note_stats(struct worker *worker, const char *line)
{
	struct pair *pair = worker->pair;
	uint64_t programs = engine_number_after(line, "programs=");
	uint64_t ops = engine_number_after(line, "ops=");
	uint64_t ops_ok = engine_number_after(line, "ok=");

	if (programs < worker->programs)
		worker->programs = worker->ops = worker->ops_ok = 0;
	pair->programs += programs - worker->programs;
	pair->ops += ops - worker->ops;
	pair->ops_ok += ops_ok - worker->ops_ok;
	worker->programs = programs;
	worker->ops = ops;
	worker->ops_ok = ops_ok;
}

static void note_line(struct campaign *campaign, struct worker *worker,
		      const char *line)
{
	worker->lane->engine->read_line(&worker->stats, line);
	note_status(worker);
	if (!strncmp(line, "vtb: stats ", 11))
		note_stats(worker, line);
	if (!worker->urgent && !is_urgent(line))
		return;
	status_clear(campaign);
	fprintf(stderr, "%s\n", line);
	/* What follows is the program that could not be saved. */
	if (!strncmp(line, "vtb: cannot save", 16)) {
		worker->urgent = true;
		campaign->trouble = "findings cannot be saved";
	}
}

static void take_output(struct campaign *campaign, struct worker *worker,
			const char *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (data[i] != '\n') {
			if (worker->used + 1 < LINE_BYTES)
				worker->line[worker->used++] = data[i];
			continue;
		}
		worker->line[worker->used] = '\0';
		worker->used = 0;
		note_line(campaign, worker, worker->line);
	}
}

/* False at the end of output. A log that cannot be written is no loss. */
static bool read_output(struct campaign *campaign, struct worker *worker)
{
	char data[8192];
	ssize_t n = read(worker->fd, data, sizeof(data));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (!n)
		return false;
	if (worker->log_fd >= 0 && write(worker->log_fd, data, (size_t)n) < n) {
		close(worker->log_fd);
		worker->log_fd = -1;
	}
	take_output(campaign, worker, data, (size_t)n);
	return true;
}

static void collect(struct worker *worker, bool last)
{
	const struct engine *engine = worker->lane->engine;

	worker->collected_ms = campaign_now_ms();
	if (!engine->collect)
		return;
	engine->collect(&worker->job, &worker->stats, last);
	note_status(worker);
}

/* -- scratch folders -- */

/* scratch/TARGET/IMPLEMENTATION/ENGINE-N with the first N that is free. */
static int make_scratch(const struct pair *pair, const struct lane *lane,
			char path[CLI_PATH])
{
	unsigned int n;

	for (n = 1; n < 1000000; n++) {
		cli_path(path, "%s/%s-%u", pair->scratch_dir,
			 lane->engine->name, n);
		if (!mkdir(path, 0777))
			return 0;
		if (errno != EEXIST)
			break;
	}
	fprintf(stderr, "vtb: cannot make folder %s: %s\n", path,
		strerror(errno));
	return -errno;
}

static void drop_scratch(const char *path)
{
	const char *const argv[] = { "rm", "-rf", "--", path, NULL };

	cli_run(&(struct cli_process){ .argv = argv });
}

static struct engine_job make_job(const struct pair *pair,
				  const struct lane *lane,
				  const char *scratch_dir)
{
	return (struct engine_job){
		.exe = lane->exe,
		.findings_dir = pair->findings_dir,
		.corpus_dir = pair->corpus_dir,
		.scratch_dir = scratch_dir,
	};
}

static void collect_left(const struct pair *pair, const struct lane *lane)
{
	size_t length = strlen(lane->engine->name), nr, i;
	struct engine_stats stats = { 0 };
	struct engine_job job;
	char path[CLI_PATH];
	char **names;

	nr = cli_list_dir(pair->scratch_dir, &names);
	for (i = 0; i < nr; i++) {
		if (strncmp(names[i], lane->engine->name, length) ||
		    names[i][length] != '-')
			continue;
		cli_path(path, "%s/%s", pair->scratch_dir, names[i]);
		job = make_job(pair, lane, path);
		if (lane->engine->collect)
			lane->engine->collect(&job, &stats, true);
		drop_scratch(path);
		memset(&stats, 0, sizeof(stats));
	}
	cli_free_names(names, nr);
}

void scratch_collect(struct campaign *campaign)
{
	unsigned int n;
	size_t i;

	for (i = 0; i < campaign->nr_pairs; i++)
		for (n = 0; n < campaign->pairs[i].nr_lanes; n++)
			collect_left(&campaign->pairs[i],
				     &campaign->pairs[i].lanes[n]);
}

/* -- starting -- */

/* What others of this target have found, whatever their implementation. */
static void list_corpora(const struct campaign *campaign,
			 const struct pair *pair, const char **list, size_t max)
{
	size_t nr = 0, i;

	if (!campaign->no_seeds)
		list[nr++] = pair->seeds_dir;
	for (i = 0; i < campaign->nr_pairs && nr + 1 < max; i++)
		if (&campaign->pairs[i] != pair &&
		    !strcmp(campaign->pairs[i].exe.target, pair->exe.target))
			list[nr++] = campaign->pairs[i].corpus_dir;
	list[nr] = NULL;
}

/* Ours, with @more; what people have set for sanitizers must not decide. */
static char **make_environment(const char *const *more)
{
	size_t nr = 0, nr_more = 0, kept = 0, i;
	char **env;

	while (environ[nr])
		nr++;
	while (more[nr_more])
		nr_more++;
	env = calloc(nr + nr_more + 1, sizeof(*env));
	sim_assert(env);
	for (i = 0; i < nr; i++)
		if (strncmp(environ[i], "ASAN_OPTIONS=", 13) &&
		    strncmp(environ[i], "UBSAN_OPTIONS=", 14) &&
		    strncmp(environ[i], "AFL_", 4))
			env[kept++] = environ[i];
	for (i = 0; i < nr_more; i++)
		env[kept++] = (char *)(uintptr_t)more[i];
	return env;
}

static int spawn(const struct engine_command *command, int fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env = make_environment(command->env);
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fd, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attr, 0);
	rc = posix_spawnp(pid, command->argv[0], &actions, &attr,
			  (char *const *)(uintptr_t)command->argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return rc;
}

static int start_process(struct worker *worker, const struct engine *engine)
{
	struct engine_command command = { .nr_args = 0 };
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC))
		return errno;
	engine->command(&command, &worker->job);
	rc = spawn(&command, fds[1], &worker->pid);
	close(fds[1]);
	if (rc) {
		fprintf(stderr, "vtb: cannot start %s: %s\n", command.argv[0],
			strerror(rc));
		close(fds[0]);
		worker->pid = 0;
	} else {
		worker->fd = fds[0];
		fcntl(worker->fd, F_SETFL, O_NONBLOCK);
	}
	engine_command_free(&command);
	return rc;
}

/* A lane that cannot run is given up; so is its pair if no other is left. */
static void give_up(struct campaign *campaign, struct pair *pair,
		    struct lane *lane)
{
	unsigned int n;

	lane->broken = true;
	pair->broken = true;
	for (n = 0; n < pair->nr_lanes; n++)
		if (!pair->lanes[n].broken)
			pair->broken = false;
	campaign_worsen(campaign, VTB_EXIT_BENCH);
}

static uint32_t make_seed(const struct campaign *campaign,
			  const struct pair *pair)
{
	uint64_t number = (uint64_t)(pair - campaign->pairs);

	return (uint32_t)(campaign->seed * 1000003 + number * 1009 +
			  pair->starts + 1) & 0x7fffffff;
}

void worker_start(struct campaign *campaign, struct worker *worker,
		  const struct slice *slice)
{
	struct pair *pair = slice->pair;
	struct lane *lane = slice->lane;
	const char *corpora[64];

	memset(worker, 0, sizeof(*worker));
	if (make_scratch(pair, lane, worker->scratch_dir)) {
		give_up(campaign, pair, lane);
		return;
	}
	list_corpora(campaign, pair, corpora, 64);
	worker->job = make_job(pair, lane, worker->scratch_dir);
	worker->job.corpora = corpora;
	worker->job.seconds = slice->seconds;
	worker->job.seed = make_seed(campaign, pair);
	if ((lane->engine->prepare && lane->engine->prepare(&worker->job)) ||
	    start_process(worker, lane->engine)) {
		drop_scratch(worker->scratch_dir);
		give_up(campaign, pair, lane);
		return;
	}
	worker->job.corpora = NULL;
	worker->log_fd = open(pair->log_file,
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	worker->pair = pair;
	worker->lane = lane;
	worker->started_ms = campaign_now_ms();
	worker->collected_ms = worker->started_ms;
	worker->findings_before = pair->nr_findings;
	pair->running++;
	pair->starts++;
	lane->running++;
	lane->starts++;
}

/* -- ending -- */

static void judge_exit(struct campaign *campaign, struct worker *worker,
		       int status)
{
	struct pair *pair = worker->pair;
	struct lane *lane = worker->lane;
	uint64_t lived = campaign_now_ms() - worker->started_ms;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) :
				       128 + WTERMSIG(status);

	if (!code || code == EXIT_INTERRUPTED)
		return;
	pair->deaths++;
	lane->deaths++;
	if (code == VTB_EXIT_SAFETY || code == VTB_EXIT_LIVENESS)
		return;
	campaign_worsen(campaign, VTB_EXIT_BENCH);
	/* It would end the same way again and again. */
	if (code == VTB_EXIT_USAGE || (lived < 2000 && lane->deaths > 20)) {
		give_up(campaign, pair, lane);
		status_clear(campaign);
		fprintf(stderr, "vtb: %s.%s under %s ends at once with exit "
			"code %d, given up; see %s\n", pair->exe.target,
			pair->exe.implementation, lane->engine->name, code,
			pair->log_file);
	}
}

static void reap(struct campaign *campaign, struct worker *worker)
{
	struct pair *pair = worker->pair;
	struct lane *lane = worker->lane;
	uint64_t lived_ms, gained;
	int status;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	lived_ms = campaign_now_ms() - worker->started_ms;
	collect(worker, true);
	gained = worker->stats.finds +
		 1000 * (pair->nr_findings - worker->findings_before);
	lane->gain = gained * 1000000 / (lived_ms + 1);
	lane->finds += worker->stats.finds;
	lane->used_ms += lived_ms;
	pair->used_ms += lived_ms;
	lane->running--;
	pair->running--;
	judge_exit(campaign, worker, status);
	drop_scratch(worker->scratch_dir);
	close(worker->fd);
	if (worker->log_fd >= 0)
		close(worker->log_fd);
	worker->pid = 0;
}

/* Files now and then; the folder of a worker may be large. */
static void collect_all(const struct campaign *campaign)
{
	uint64_t now_ms = campaign_now_ms(), i;

	for (i = 0; i < campaign->jobs; i++) {
		struct worker *worker = &campaign->workers[i];

		if (worker->pid &&
		    now_ms - worker->collected_ms > COLLECT_EVERY_MS)
			collect(worker, false);
	}
}

void workers_poll(struct campaign *campaign, int timeout_ms)
{
	struct pollfd *fds = calloc(campaign->jobs, sizeof(*fds));
	uint64_t i;

	sim_assert(fds);
	for (i = 0; i < campaign->jobs; i++)
		fds[i] = (struct pollfd){
			.fd = campaign->workers[i].pid ?
			      campaign->workers[i].fd : -1,
			.events = POLLIN,
		};
	if (poll(fds, campaign->jobs, timeout_ms) > 0)
		for (i = 0; i < campaign->jobs; i++)
			if (fds[i].revents &&
			    !read_output(campaign, &campaign->workers[i]))
				reap(campaign, &campaign->workers[i]);
	free(fds);
	collect_all(campaign);
}

bool workers_running(const struct campaign *campaign)
{
	uint64_t i;

	for (i = 0; i < campaign->jobs; i++)
		if (campaign->workers[i].pid)
			return true;
	return false;
}

static void signal_all(const struct campaign *campaign, int number)
{
	uint64_t i;

	for (i = 0; i < campaign->jobs; i++)
		if (campaign->workers[i].pid)
			kill(campaign->workers[i].pid, number);
}

void workers_stop(struct campaign *campaign)
{
	uint64_t start = campaign_now_ms();
	bool killed = false;

	signal_all(campaign, SIGTERM);
	while (workers_running(campaign)) {
		workers_poll(campaign, 100);
		if (!killed && campaign_now_ms() - start > STOP_GRACE_MS) {
			signal_all(campaign, SIGKILL);
			killed = true;
		}
	}
}
