// SPDX-License-Identifier: GPL-2.0-only
/*
 * image_bad_cut.c - a variable that image_check has to refuse
 */
int image_bad __attribute__((section(".data.elsewhere"))) = 1;
