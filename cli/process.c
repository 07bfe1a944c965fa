// SPDX-License-Identifier: GPL-2.0-only
/*
 * process.c - running other programs to their end
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"

/* What a child that cannot start its program exits with, as in shells. */
#define EXIT_NOT_STARTED	127

static bool redirect(const char *file, int fd)
{
	int from;

	if (!file)
		return true;
	from = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (from < 0)
		return false;
	return dup2(from, fd) == fd && close(from) == 0;
}

static void child(const struct cli_process *process, int out_fd)
{
	const char *const *env = process->env;

	if (process->dir && chdir(process->dir))
		_exit(EXIT_NOT_STARTED);
	if (out_fd >= 0 && dup2(out_fd, STDOUT_FILENO) < 0)
		_exit(EXIT_NOT_STARTED);
	if (!redirect(process->out, STDOUT_FILENO) ||
	    !redirect(process->err, STDERR_FILENO))
		_exit(EXIT_NOT_STARTED);
	for (; env && *env; env++)
		putenv((char *)(uintptr_t)*env);
	execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
	_exit(EXIT_NOT_STARTED);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* A handler, unlike SIG_IGN, is not handed down to what we start. */
static void ignore(int number)
{
	(void)number;
}

void cli_be_patient(void)
{
	signal(SIGINT, ignore);
}

int cli_run(const struct cli_process *process)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(process, -1);
	return wait_for(pid);
}

int cli_run_patiently(const struct cli_process *process)
{
	void (*before)(int) = signal(SIGINT, ignore);
	int code = cli_run(process);

	signal(SIGINT, before);
	return code;
}

/* Reads @fd to its end. */
static char *slurp(int fd)
{
	size_t size = 1 << 16, used = 0;
	char *text = malloc(size);
	ssize_t n;

	sim_assert(text);
	for (;;) {
		n = read(fd, text + used, size - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
		if (used + 1 == size) {
			size *= 2;
			text = realloc(text, size);
			sim_assert(text);
		}
	}
	text[used] = '\0';
	return text;
}

char *cli_capture(const struct cli_process *process, int *code)
{
	int fds[2];
	char *text;
	pid_t pid;

	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC))
		return NULL;
	pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return NULL;
	}
	if (pid == 0)
		child(process, fds[1]);
	close(fds[1]);
	text = slurp(fds[0]);
	close(fds[0]);
	*code = wait_for(pid);
	return text;
}
