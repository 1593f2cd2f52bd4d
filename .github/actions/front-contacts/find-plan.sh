# Finds the reviewed plan. The name of an artifact cannot be trusted, so the artifact must come from a successful run of
# this workflow, in this repository, for the last commit of the pull request whose merge commit is being applied.
. "${BASH_SOURCE[0]%/*}/github.sh"

number=

# Fails with the reason why no plan is applied. If the pull request is known, also posts the reason as a comment on it.
refuse() {
  if [ -n "$number" ]; then
    printf '%s\n' "<!-- front-contacts apply$suffix -->" "**Nothing was applied.** $1" > "$directory/comment.md"
    put_comment "$number" "$directory/comment.md"
  fi
  fail "No reviewed plan" "$1 Run 'front-contacts apply' manually."
}

pull_request=$(github_list "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" | jq -sc \
  --arg repository "$GITHUB_REPOSITORY" --arg sha "$GITHUB_SHA" --arg branch "$GITHUB_REF_NAME" '
  [.[] | select(.merged_at != null and .merge_commit_sha == $sha)
       | select(.base.ref == $branch and .base.repo.full_name == $repository)
       | select(.head.repo.full_name == $repository)][0] // empty | {number, sha: .head.sha, branch: .head.ref}')
[ -n "$pull_request" ] || refuse "This commit does not come from a pull request in this repository."
number=$(jq -r .number <<< "$pull_request")
sha=$(jq -r .sha <<< "$pull_request")

workflow=${GITHUB_WORKFLOW_REF%%@*}
run=$(github GET "repos/$GITHUB_REPOSITORY/actions/workflows/${workflow##*/}/runs?event=pull_request&head_sha=$sha&per_page=100" |
  jq -r --arg repository "$GITHUB_REPOSITORY" --argjson pull_request "$pull_request" '
  [.workflow_runs[] | select(.event == "pull_request" and .conclusion == "success")
                    | select(.repository.full_name == $repository and .head_repository.full_name == $repository)
                    | select(.head_sha == $pull_request.sha and .head_branch == $pull_request.branch)]
  | max_by(.run_number) | .id // empty')
[ -n "$run" ] || refuse "No successful workflow run created a plan for the last commit of the pull request."

artifact=plan-$number-$sha
artifact_count=$(github GET "repos/$GITHUB_REPOSITORY/actions/runs/$run/artifacts?name=$artifact&per_page=100" |
  jq --arg name "$artifact" '[.artifacts[] | select(.name == $name and (.expired | not))] | length')
[ "$artifact_count" -gt 0 ] || refuse "The plan of the pull request has expired or was never uploaded."

{
  echo "number=$number"
  echo "run=$run"
  echo "artifact=$artifact"
} >> "$GITHUB_OUTPUT"
