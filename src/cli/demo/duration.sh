#!/bin/sh
# duration SECONDS: prints a span of time for people.
seconds=$1
hours=$((seconds / 3600))
minutes=$((seconds / 60))
printf '%dh %02dm %02ds\n' "$hours" "$minutes" "$seconds"
