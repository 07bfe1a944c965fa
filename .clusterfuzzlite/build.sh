#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-only
exec "$SRC/vtbench/ci/oss-fuzz/build.sh"
