#!/bin/sh
# Prints the violations of policies, and fails if there are any.
# Usage: check.sh PLAN POLICY.jq…   PLAN is the output of `front-contacts plan --json` or `show --json`.
set -eu

plan=$1
shift
violations=$(
  for policy in "$@"; do
    jq --raw-output --from-file "$policy" "$plan"
  done
)
if [ -n "$violations" ]; then
  printf '%s\n' "$violations"
  exit 1
fi
