#!/bin/sh
# Prints the policy violations in a plan, and fails if there are any.
# Usage: check.sh PLAN POLICY.jq…
# PLAN is a file with the output of `front-contacts plan --json` or `front-contacts show FILE --json`.
set -eu

[ $# -gt 1 ] || {
  echo "Specify a plan and at least one policy: check.sh PLAN POLICY.jq…" >&2
  exit 1
}
plan=$1
shift
# Without this check, an empty file would comply with every policy.
[ "$(jq --raw-output '.front_contacts.operations | type' "$plan")" = array ] || {
  echo "$plan does not contain a plan, or the configuration has errors. Fix the errors, and create the file with 'front-contacts plan --json'." >&2
  exit 1
}
violations=$(
  for policy in "$@"; do
    # Bash ignores errexit here.
    jq --raw-output --from-file "$policy" "$plan" || exit
  done
)
if [ -n "$violations" ]; then
  printf '%s\n' "$violations"
  exit 1
fi
