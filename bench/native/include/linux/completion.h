/* SPDX-License-Identifier: GPL-2.0-only */
/* completion.h - completions by pthreads; timeouts are in milliseconds */
#ifndef NATIVE_LINUX_COMPLETION_H
#define NATIVE_LINUX_COMPLETION_H

#include <pthread.h>

struct completion {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	unsigned int done;
};

void init_completion(struct completion *x);
void complete(struct completion *x);
/* 0: the time was up. */
unsigned long wait_for_completion_timeout(struct completion *x,
					  unsigned long timeout);

#endif
