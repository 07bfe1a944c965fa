# SPDX-License-Identifier: GPL-2.0-only
set(VTB_KERNEL_WORKQUEUE_SOURCES
	workqueue/cancel.c workqueue/flush.c workqueue/queue.c
	workqueue/worker.c workqueue/workqueue.c)
