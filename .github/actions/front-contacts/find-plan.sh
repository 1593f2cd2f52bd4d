# Finds the plan that was reviewed. An artifact can have any name, so it has to come from a successful run of this workflow,
# in this repository, for the last commit of the pull request that this commit merged into this branch.
. "${BASH_SOURCE[0]%/*}/github.sh"

number=

# Fails with the reason why nothing is applied, and also writes it to the pull request if there is one.
refuse() {
  if [ -n "$number" ]; then
    printf '%s\n' '<!-- front-contacts apply -->' "**Nothing was applied.** $1" > "$directory/comment.md"
    put_comment "$number" "$directory/comment.md"
  fi
  fail "No reviewed plan" "$1 Run front-contacts apply by hand."
}

request=$(github_list "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" | jq -sc \
  --arg repository "$GITHUB_REPOSITORY" --arg sha "$GITHUB_SHA" --arg branch "$GITHUB_REF_NAME" '
  [.[] | select(.merged_at != null and .merge_commit_sha == $sha)
       | select(.base.ref == $branch and .base.repo.full_name == $repository)
       | select(.head.repo.full_name == $repository)][0] // empty | {number, sha: .head.sha, branch: .head.ref}')
[ -n "$request" ] || refuse "This commit did not come from a pull request of this repository."
number=$(jq -r .number <<< "$request")
sha=$(jq -r .sha <<< "$request")

workflow=${GITHUB_WORKFLOW_REF%%@*}
run=$(github GET "repos/$GITHUB_REPOSITORY/actions/workflows/${workflow##*/}/runs?event=pull_request&head_sha=$sha&per_page=100" |
  jq -r --arg repository "$GITHUB_REPOSITORY" --argjson request "$request" '
  [.workflow_runs[] | select(.event == "pull_request" and .conclusion == "success")
                    | select(.repository.full_name == $repository and .head_repository.full_name == $repository)
                    | select(.head_sha == $request.sha and .head_branch == $request.branch)]
  | max_by(.run_number) | .id // empty')
[ -n "$run" ] || refuse "No successful run has a plan for the last commit of the pull request."

artifact=plan-$number-$sha
kept=$(github GET "repos/$GITHUB_REPOSITORY/actions/runs/$run/artifacts?name=$artifact&per_page=100" |
  jq --arg name "$artifact" '[.artifacts[] | select(.name == $name and (.expired | not))] | length')
[ "$kept" -gt 0 ] || refuse "The plan of the pull request has expired."

{
  echo "number=$number"
  echo "run=$run"
  echo "artifact=$artifact"
} >> "$GITHUB_OUTPUT"
