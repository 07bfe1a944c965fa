/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * campaign_worker.c - fuzzing processes and what they say
 *
 * Each is a process group of its own, so that Ctrl-C reaches this program
 * only, which then stops them in order. Their stderr is read line by line,
 * kept in a log, and looked at for libFuzzer's status lines and for ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "campaign.h"

#define STOP_GRACE_MS	8000

/* What a process that was asked to stop exits with. */
#define EXIT_INTERRUPTED	72

/* Lines of a process that people must see, and how they begin. */
static bool is_urgent(const char *line)
{
	return !strncmp(line, "vtb: cannot save", 16) ||
	       !strncmp(line, "vtb: unmodelled", 15) ||
	       !strncmp(line, "vtb: bench error", 16);
}

static uint64_t number_after(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? strtoull(at + strlen(word), NULL, 10) : 0;
}

/* "#123 NEW cov: 45 ft: 67 corp: 8/90b ..." */
static void note_status(struct pair *pair, const char *line)
{
	uint64_t edges = number_after(line, " cov: ");
	uint64_t features = number_after(line, " ft: ");
	uint64_t corpus = number_after(line, " corp: ");

	if (edges > pair->edges)
		pair->edges = edges;
	if (features > pair->features)
		pair->features = features;
	if (corpus > pair->corpus)
		pair->corpus = corpus;
}

/* "vtb: stats programs=1 ops=2 ok=3": totals of the process. */
static void note_stats(struct worker *worker, const char *line)
{
	struct pair *pair = worker->pair;
	uint64_t programs = number_after(line, "programs=");
	uint64_t ops = number_after(line, "ops=");
	uint64_t ops_ok = number_after(line, "ok=");

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
	if (line[0] == '#' && strstr(line, " cov: "))
		note_status(worker->pair, line);
	else if (!strncmp(line, "vtb: stats ", 11))
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

/* -- starting -- */

struct command {
	char text[8][CLI_PATH + 64];
	const char *argv[64];
	int argc;
	int nr_text;
};

static void add(struct command *c, const char *arg)
{
	sim_assert(c->argc < 62);
	c->argv[c->argc++] = arg;
}

static void __attribute__((format(printf, 2, 3)))
add_text(struct command *c, const char *format, ...)
{
	va_list args;

	sim_assert(c->nr_text < 8);
	va_start(args, format);
	vsnprintf(c->text[c->nr_text], sizeof(c->text[0]), format, args);
	va_end(args);
	add(c, c->text[c->nr_text++]);
}

/* Its own corpus comes first: new inputs go there. */
static void add_corpora(struct command *c, const struct campaign *campaign,
			const struct pair *pair)
{
	size_t i;

	add(c, pair->corpus_dir);
	if (!campaign->no_seeds)
		add(c, pair->seeds_dir);
	for (i = 0; i < campaign->nr_pairs && c->argc < 60; i++)
		if (&campaign->pairs[i] != pair &&
		    !strcmp(campaign->pairs[i].exe.target, pair->exe.target))
			add(c, campaign->pairs[i].corpus_dir);
}

static void make_command(struct command *c, const struct campaign *campaign,
			 const struct slice *slice)
{
	const struct pair *pair = slice->pair;
	size_t number = (size_t)(pair - campaign->pairs);

	memset(c, 0, sizeof(*c));
	add(c, pair->exe.path);
	add(c, "--findings");
	add(c, pair->findings_dir);
	add_text(c, "-max_total_time=%" PRIu64, slice->seconds);
	add_text(c, "-seed=%u", (unsigned int)(campaign->seed * 1000003 +
					       number * 1009 + pair->starts +
					       1) & 0x7fffffff);
	add_text(c, "-artifact_prefix=%s/raw-", pair->findings_dir);
	add(c, "-print_final_stats=1");
	add_corpora(c, campaign, pair);
}

/* Environment with the sanitizers' symbolizer off: reports are replayed. */
static char **make_environment(void)
{
	size_t nr = 0, kept = 0, i;
	char **env;

	while (environ[nr])
		nr++;
	env = calloc(nr + 2, sizeof(*env));
	sim_assert(env);
	for (i = 0; i < nr; i++)
		if (strncmp(environ[i], "ASAN_OPTIONS=", 13) &&
		    strncmp(environ[i], "UBSAN_OPTIONS=", 14))
			env[kept++] = environ[i];
	env[kept] = (char *)(uintptr_t)"ASAN_OPTIONS=symbolize=0";
	return env;
}

static int spawn(const char *const *argv, int err_fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	char **env = make_environment();
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, err_fd, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attr, 0);
	rc = posix_spawn(pid, argv[0], &actions, &attr,
			 (char *const *)(uintptr_t)argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(env);
	return rc;
}

void worker_start(struct campaign *campaign, struct worker *worker,
		  const struct slice *slice)
{
	static struct command command;
	int fds[2], rc;

	memset(worker, 0, sizeof(*worker));
	make_command(&command, campaign, slice);
	if (pipe2(fds, O_CLOEXEC)) {
		slice->pair->broken = true;
		return;
	}
	rc = spawn(command.argv, fds[1], &worker->pid);
	close(fds[1]);
	if (rc) {
		fprintf(stderr, "vtb: cannot start %s: %s\n", command.argv[0],
			strerror(rc));
		close(fds[0]);
		worker->pid = 0;
		slice->pair->broken = true;
		campaign_worsen(campaign, VTB_EXIT_BENCH);
		return;
	}
	worker->fd = fds[0];
	fcntl(worker->fd, F_SETFL, O_NONBLOCK);
	worker->log_fd = open(slice->pair->log_file,
			      O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	worker->pair = slice->pair;
	worker->started_ms = campaign_now_ms();
	worker->features_before = slice->pair->features;
	worker->findings_before = slice->pair->nr_findings;
	slice->pair->running++;
	slice->pair->starts++;
}

/* -- ending -- */

static void judge_exit(struct campaign *campaign, struct worker *worker,
		       int status)
{
	struct pair *pair = worker->pair;
	uint64_t lived = campaign_now_ms() - worker->started_ms;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) :
				       128 + WTERMSIG(status);

	if (!code || code == EXIT_INTERRUPTED)
		return;
	pair->deaths++;
	if (code == VTB_EXIT_SAFETY || code == VTB_EXIT_LIVENESS)
		return;
	campaign_worsen(campaign, VTB_EXIT_BENCH);
	/* It would end the same way again and again. */
	if (code == VTB_EXIT_USAGE || (lived < 2000 && pair->deaths > 20)) {
		pair->broken = true;
		status_clear(campaign);
		fprintf(stderr, "vtb: %s.%s ends at once with exit code %d, given up; see %s\n",
			pair->exe.target, pair->exe.implementation, code,
			pair->log_file);
	}
}

static void reap(struct campaign *campaign, struct worker *worker)
{
	struct pair *pair = worker->pair;
	uint64_t lived_ms, gained;
	int status;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	lived_ms = campaign_now_ms() - worker->started_ms;
	gained = pair->features - worker->features_before +
		 1000 * (pair->nr_findings - worker->findings_before);
	pair->gain = gained * 1000000 / (lived_ms + 1);
	pair->used_ms += lived_ms;
	pair->running--;
	judge_exit(campaign, worker, status);
	close(worker->fd);
	if (worker->log_fd >= 0)
		close(worker->log_fd);
	worker->pid = 0;
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
