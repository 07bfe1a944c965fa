# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME rndis FIRMWARE COMPONENTS rndis netvsc=own
	SOURCES rndis.c ../netvsc/answers.c ../netvsc/build.c
		../netvsc/exchange.c ../netvsc/guest.c ../netvsc/host.c
		../netvsc/lies.c ../netvsc/ops.c ../netvsc/oracle.c)
