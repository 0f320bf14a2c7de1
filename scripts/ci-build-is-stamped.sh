#!/usr/bin/env bash
# A second build has nothing to do: it prints no stage.
output=$(node scripts/build.mjs 2>&1)
[ -z "$output" ] || { echo "the second build ran again: $output"; exit 1; }
