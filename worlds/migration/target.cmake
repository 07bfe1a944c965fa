# SPDX-License-Identifier: GPL-2.0-only
vtb_fuzz_target(NAME iova_bitmap COMPONENTS iova_bitmap dma_logging=own)
