/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring_stress.c - components/races/ring.c between two native threads
 *
 *	ring_stress SECONDS
 *
 * What people do without a bench: run it again and again under TSan. A round is
 * eight packets of four words through a fresh ring. Prints how many rounds it
 * was and when the first of them went wrong, and how.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <races_ring.h>

#define PACKETS		8
#define WORDS		4
#define TIMEOUT_MS	200

static struct ring ring;
static pthread_barrier_t begin, end;
static bool stop;
static unsigned int sent, received;
static u32 got[PACKETS][WORDS];

/* Of the first thing that went wrong. */
static double first_s = -1;
static const char *what = "nothing";
static double started_s;

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void note(const char *kind)
{
	if (first_s >= 0)
		return;
	first_s = now_s() - started_s;
	what = kind;
}

/* TSan calls it for each report. */
void __tsan_on_report(void *report);
void __tsan_on_report(void *report)
{
	(void)report;
	note("race-report");
}

void init_completion(struct completion *x)
{
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->cond, NULL);
	x->done = 0;
}

void complete(struct completion *x)
{
	pthread_mutex_lock(&x->lock);
	x->done++;
	pthread_cond_signal(&x->cond);
	pthread_mutex_unlock(&x->lock);
}

unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout)
{
	struct timespec until;
	unsigned long left;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)timeout * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&x->lock);
	while (!x->done &&
	       pthread_cond_timedwait(&x->cond, &x->lock, &until) != ETIMEDOUT)
		;
	left = x->done;
	if (left)
		x->done--;
	pthread_mutex_unlock(&x->lock);
	return left;
}

static u32 word_of(unsigned int packet, unsigned int i)
{
	return i ? packet << 8 | i : WORDS;
}

static void *producer(void *arg)
{
	u32 packets[PACKETS][WORDS];
	unsigned int i, j;

	for (i = 0; i < PACKETS; i++)
		for (j = 0; j < WORDS; j++)
			packets[i][j] = word_of(i, j);
	for (;;) {
		pthread_barrier_wait(&begin);
		if (stop)
			return arg;
		sent = ring_send(&ring, packets[0], WORDS, WORDS, PACKETS,
				 TIMEOUT_MS);
		pthread_barrier_wait(&end);
	}
}

static void round_once(void)
{
	unsigned int i, j;

	ring_init(&ring);
	pthread_barrier_wait(&begin);
	received = ring_receive(&ring, got[0], WORDS, PACKETS, TIMEOUT_MS);
	pthread_barrier_wait(&end);
	if (sent != PACKETS || received != PACKETS)
		note("hang");
	for (i = 0; i < received; i++)
		for (j = 0; j < WORDS; j++)
			if (got[i][j] != word_of(i, j))
				note("wrong-data");
}

int main(int argc, char **argv)
{
	double seconds = argc == 2 ? atof(argv[1]) : 0;
	unsigned long long rounds = 0;
	pthread_t thread;

	if (seconds <= 0) {
		fprintf(stderr, "usage: ring_stress SECONDS\n");
		return 1;
	}
	pthread_barrier_init(&begin, NULL, 2);
	pthread_barrier_init(&end, NULL, 2);
	started_s = now_s();
	if (pthread_create(&thread, NULL, producer, NULL))
		return 3;
	for (; now_s() - started_s < seconds; rounds++)
		round_once();
	seconds = now_s() - started_s;
	stop = true;
	pthread_barrier_wait(&begin);
	pthread_join(thread, NULL);
	printf("rounds=%llu seconds=%.3f first=%.3f what=%s\n", rounds, seconds,
	       first_s, what);
	return 0;
}
