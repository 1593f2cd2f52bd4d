# Applies the reviewed plan, and shows the result in a comment on the merge request.
. "${0%/*}/gitlab.sh"

number=

# Fails with the reason why no plan is applied. If the merge request is known, also posts the reason as a comment on it.
refuse() {
  echo "$1 Run 'front-contacts apply' manually."
  if [ -n "$number" ]; then
    printf '%s\n' '<!-- front-contacts apply -->' "**Nothing was applied.** $1 [Job]($CI_JOB_URL)" > note.md
    put_note "$number" note.md
  fi
  exit 1
}

# Finds the merge request in this project that was merged into this branch as this commit.
found=$(gitlab_list "$project/repository/commits/$CI_COMMIT_SHA/merge_requests?state=merged")
merge_request=$(printf '%s\n' "$found" | jq -sc --arg sha "$CI_COMMIT_SHA" --arg branch "$CI_COMMIT_BRANCH" --argjson id "$CI_PROJECT_ID" '
  [.[] | select(.state == "merged" and .target_branch == $branch)
       | select(.source_project_id == $id and .target_project_id == $id)
       | select([.merge_commit_sha, .squash_commit_sha, .sha] | index($sha))][0] // empty | {iid, sha}')
[ -n "$merge_request" ] || refuse "This commit does not come from a merge request in this project."
number=$(printf '%s\n' "$merge_request" | jq .iid)

# Any job can upload a file named plan.json, so the plan must come from the job named plan, in a pipeline of this
# project, for the last commit of the merge request.
found=$(gitlab_list "$project/merge_requests/$number/pipelines?")
pipeline=$(printf '%s\n' "$found" | jq -rs --argjson merge_request "$merge_request" --argjson id "$CI_PROJECT_ID" '
  [.[] | select(.project_id == $id and .source == "merge_request_event" and .status == "success")
       | select(.sha == $merge_request.sha and .ref == "refs/merge-requests/\($merge_request.iid)/head")]
  | max_by(.id) | .id // empty')
[ -n "$pipeline" ] || refuse "No successful pipeline created a plan for the last commit of the merge request."
found=$(gitlab_list "$project/pipelines/$pipeline/jobs?")
job=$(printf '%s\n' "$found" | jq -rs '[.[] | select(.name == "plan" and .status == "success")] | max_by(.id) | .id // empty')
[ -n "$job" ] || refuse "The pipeline of the merge request has no plan."
gitlab --output plan.json "$project/jobs/$job/artifacts/plan.json" || refuse "The plan of the merge request cannot be downloaded. It may have expired."

# Skips entries of the plan that differ from the configuration in this commit.
{ FRONT_API_TOKEN=$FRONT_WRITE_TOKEN front_contacts apply plan.json --html apply.html 2>&1 || echo "$?" > apply.code; } | tee apply.log
[ ! -e apply.code ] || code=$(cat apply.code)

{
  echo '<!-- front-contacts apply -->'
  summary=$(grep -E '^Apply [a-z]' apply.log | head -n 1 || true)
  echo "**${summary:-Nothing was applied.}** [Job]($CI_JOB_URL)"
  [ ! -s apply.html ] || printf '\n%s\n' "$(page_link apply.html)"
} > note.md
put_note "$number" note.md
exit "$code"
