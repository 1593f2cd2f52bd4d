# Runs front-contacts for one command of the action. Writes the exit code, the summary and the path of the HTML page to
# GITHUB_OUTPUT. Succeeds even if front-contacts fails, so that the action can report the failure.
set -euo pipefail

directory=$RUNNER_TEMP/front-contacts
mkdir -p "$directory"
code=0
# An option for commands that a person runs.
directory_option=
[ "$CONTACTS" = contacts ] || printf -v directory_option ' --contacts %q' "$CONTACTS"

# The exit code is 127 if the program is missing, for example because npm ci --ignore-scripts did not build it.
front_contacts() {
  local status=0
  npx --no front-contacts "$@" --contacts "$CONTACTS" || status=$?
  [ "$status" != 127 ] || echo "::error title=front-contacts is not installed or not built::Install it from a tarball; see 'Set up' in docs/ci.md of front-contacts." >&2
  return "$status"
}

# Prints the bold text on the second line of a plan, for example its counts.
summary_of() { sed -nE '2s/^\*\*([^*]+)\*\*.*$/\1/p' "$1"; }

# Warns if the schema is out of date. A plan does not depend on the schema.
check_schema() {
  [ -e "$CONTACTS/front.schema.json" ] || return 0
  GITHUB_ACTIONS='' front_contacts schema --check ||
    echo "::warning title=The schema of the company is out of date or could not be checked::Run 'front-contacts schema --from-front$directory_option'."
}

# A plan in a pull request contains commands with --base. In the reviewer's clone, HEAD is another commit, so the
# commands must contain the hash.
case $COMMAND:${BASE:-} in
  plan:HEAD* | propose:HEAD*)
    revision=${BASE%%:*}
    commit=$(git rev-parse --verify --quiet --short=12 "$revision^{commit}") && BASE=$commit${BASE#"$revision"}
    ;;
esac
# With --base, a plan distinguishes changes in Front from changes in the configuration.
base=()
[ -z "${BASE:-}" ] || base=(--base "$BASE")

summary=
page=
case $COMMAND in
  check)
    front_contacts validate || code=$?
    fmt_code=0
    front_contacts fmt --check || fmt_code=$?
    [ "$fmt_code" != 3 ] || echo "::error title=Files are not formatted::Run 'front-contacts fmt$directory_option'."
    [ "$fmt_code" = 0 ] || code=1
    ;;
  plan)
    check_schema
    page=$directory/plan.html
    front_contacts plan "${base[@]}" --out "$directory/plan.json" --format markdown --html "$page" > "$directory/plan.md" || code=$?
    summary=$(summary_of "$directory/plan.md")
    ;;
  apply)
    page=$directory/apply.html
    : > "$directory/apply.md"
    # Writes the report to a file, because report.sh also posts it as a pull request comment.
    GITHUB_STEP_SUMMARY=$directory/apply.md \
      front_contacts apply "$directory/plan.json" --html "$page" 2>&1 | tee "$directory/apply.log" || code=${PIPESTATUS[0]}
    cat "$directory/apply.md" >> "$GITHUB_STEP_SUMMARY"
    summary=$(grep -m 1 -E '^Apply [a-z]' "$directory/apply.log" || true)
    ;;
  drift)
    check_schema
    page=$directory/drift.html
    # Exit code 2 means that the plan has changes.
    front_contacts plan "${base[@]}" --detailed-exitcode --format markdown --html "$page" > "$directory/plan.md" || code=$?
    cat "$directory/plan.md"
    summary=$(summary_of "$directory/plan.md")
    ;;
  propose)
    page=$directory/plan.html
    front_contacts plan "${base[@]}" --format markdown --html "$page" > "$directory/plan.md" || code=$?
    cat "$directory/plan.md"
    summary=$(summary_of "$directory/plan.md")
    ;;
  accept)
    front_contacts import --update --changed-in-front "${base[@]}" \
      > "$directory/accept.txt" 2> "$directory/accept-warnings.txt" || code=$?
    cat "$directory/accept-warnings.txt" >&2
    cat "$directory/accept.txt"
    summary=$(sed -nE '/^(Wrote|Updated) /p' "$directory/accept.txt" | paste -sd ' ' -)
    ;;
  *)
    echo "::error title=Unknown command::Set the input 'command' to check, plan, apply, drift, accept or propose."
    code=1
    ;;
esac

[ -s "$page" ] || page=
{
  echo "code=$code"
  echo "summary=$summary"
  echo "page=$page"
} >> "$GITHUB_OUTPUT"
