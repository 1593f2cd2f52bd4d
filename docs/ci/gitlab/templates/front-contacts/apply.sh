# Applies the reviewed plan, and shows the result in a comment on the merge request.
. "${0%/*}/gitlab.sh"

number=

# Fails with the reason why no plan is applied. If the merge request is known, also posts the reason as a comment on it.
refuse() {
  echo "$1 Run 'front-contacts apply$directory_option' manually."
  if [ -n "$number" ]; then
    printf '%s\n' '<!-- front-contacts apply -->' "**Nothing was applied.** $1 Run \`front-contacts apply$directory_option\` manually. [Job]($CI_JOB_URL)" > note.md
    add_note "$number" note.md
  fi
  exit 1
}

# Finds the merge request in this project that was merged into this branch as this commit.
# shellcheck disable=SC2016
found=$(gitlab_list "$project/repository/commits/$CI_COMMIT_SHA/merge_requests?state=merged" '
  select(.state == "merged" and .target_branch == $branch)
  | select(.source_project_id == $id and .target_project_id == $id)
  | select([.merge_commit_sha, .squash_commit_sha, .sha] | index($sha)) | "\(.iid) \(.sha)"' \
  --arg sha "$CI_COMMIT_SHA" --arg branch "$CI_COMMIT_BRANCH" --argjson id "$CI_PROJECT_ID")
[ -n "$found" ] || refuse "This commit does not come from a merge request in this project."
merge_request=${found%%"$newline"*}
number=${merge_request% *}

# Any job can upload a file named plan.json, so the plan must come from the job named plan, in a pipeline of this
# project, for the last commit of the merge request.
# shellcheck disable=SC2016
found=$(gitlab_list "$project/merge_requests/$number/pipelines?" '
  select(.project_id == $id and .source == "merge_request_event" and (.status == "success" or .status == "failed"))
  | select(.sha == $sha and .ref == "refs/merge-requests/\($number)/head") | "\(.id) \(.status)"' \
  --arg sha "${merge_request#* }" --arg number "$number" --argjson id "$CI_PROJECT_ID")
[ -n "$found" ] || refuse "No successful pipeline created a plan for the last commit of the merge request."
latest=$(printf '%s\n' "$found" | sort -n | tail -n 1)
# The comment on the merge request shows the failure instead of an earlier plan.
[ "${latest#* }" = success ] || refuse "The latest pipeline for the last commit of the merge request failed."
pipeline=${latest% *}
found=$(gitlab_list "$project/pipelines/$pipeline/jobs?" 'select(.name == "plan" and .status == "success") | .id')
job=$(printf '%s\n' "$found" | sort -n | tail -n 1)
[ -n "$job" ] || refuse "The pipeline of the merge request has no plan."
gitlab --output plan.json "$project/jobs/$job/artifacts/plan.json" || refuse "The plan of the merge request cannot be downloaded. It may have expired."

# Skips entries of the plan that differ from the configuration in this commit.
{ FRONT_API_TOKEN=$FRONT_WRITE_TOKEN front_contacts apply plan.json --html apply.html 2>&1 || echo "$?" > apply.code; } | tee apply.log
[ ! -e apply.code ] || code=$(cat apply.code)

{
  echo '<!-- front-contacts apply -->'
  result="Nothing was applied."
  # An exit code above 128 means that a signal killed the process.
  [ "$code" -le 128 ] || result="The result is unknown. The command was killed, and some changes may have been applied. Run the job again to apply the rest."
  summary=$(grep -m 1 -E '^Apply [a-z]' apply.log || true)
  echo "**${summary:-$result}** [Job]($CI_JOB_URL)"
  [ ! -s apply.html ] || printf '\n%s\n' "$(page_link apply.html)"
} > note.md
# A repeated job must not replace the result of the first apply.
add_note "$number" note.md
exit "$code"
