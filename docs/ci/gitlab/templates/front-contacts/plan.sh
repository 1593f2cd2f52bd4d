# Creates the plan of a merge request, and adds or updates the note that shows it.
. "${0%/*}/gitlab.sh"
export FRONT_API_TOKEN="$FRONT_READ_TOKEN"

check_schema
# The merge base distinguishes edits in Front from those of the merge request.
front_contacts plan --base "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --out plan.json --format markdown --html plan.html > plan.md || code=$?
[ -s plan.md ] || exit "$code"

# GitLab shows these counts in the merge request.
summary_of plan.md | jq -R '
  (capture("^Plan: (?<create>[0-9]+) to add, (?<update>[0-9]+) to change, (?<delete>[0-9]+) to destroy\\.")
   // {create: "0", update: "0", delete: "0"}) | map_values(tonumber)' > tfplan.json

# GitLab keeps artifacts of jobs that succeed.
[ "$code" != 0 ] || printf '\n%s\n' "$(page_link plan.html)" >> plan.md
put_note "$CI_MERGE_REQUEST_IID" plan.md
exit "$code"
