# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME netvsc FIRMWARE COMPONENTS netvsc rndis=own
	SOURCES answers.c build.c exchange.c guest.c host.c lies.c ops.c oracle.c type.c)
