# Creates a plan for the merge request, and shows it in a comment on the merge request.
. "${0%/*}/gitlab.sh"
export FRONT_API_TOKEN="$FRONT_READ_TOKEN"

check_schema
# With the merge base, the plan distinguishes changes in Front from those in the merge request.
front_contacts plan --base "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --out plan.json --format markdown --html plan.html > plan.md || code=$?
if [ ! -s plan.md ]; then
  # The process was killed. Without this text, the comment would still show the plan of an earlier push.
  printf '%s\n' '<!-- front-contacts plan -->' "**No plan was created.** The command ended without a report, with exit code $code. See the log, then run the job again. [Job]($CI_JOB_URL)" > plan.md
fi

# GitLab shows these counts in the merge request.
summary_of plan.md | jq -R '
  (capture("^Plan: (?<create>[0-9]+) to add, (?<update>[0-9]+) to change, (?<delete>[0-9]+) to destroy\\.")
   // {create: "0", update: "0", delete: "0"}) | map_values(tonumber)' > tfplan.json

# The link works only if the job succeeds, because GitLab uploads no artifacts otherwise.
[ "$code" != 0 ] || printf '\n%s\n' "$(page_link plan.html)" >> plan.md
put_note "$CI_MERGE_REQUEST_IID" plan.md
exit "$code"
