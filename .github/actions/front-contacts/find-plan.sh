# Finds the reviewed plan. The name of an artifact cannot be trusted, so the artifact must come from a successful run of
# this workflow, in this repository, for the last commit of the pull request whose merge commit is being applied.
. "${BASH_SOURCE[0]%/*}/github.sh"
mkdir -p "$directory"

number=

# Fails with the reason why no plan is applied. If the pull request is known, also posts the reason as a comment on it.
refuse() {
  # The error is printed first, because the comment may fail. `fail` exits only the subshell.
  (fail "No reviewed plan" "$1 Run 'front-contacts apply$directory_option' manually.") || true
  if [ -n "$number" ]; then
    printf '%s\n' "<!-- front-contacts apply$suffix -->" "**Nothing was applied.** $1 Run \`front-contacts apply$directory_option\` manually." > "$directory/comment.md"
    add_comment "$number" "$directory/comment.md"
  fi
  exit 1
}

# The name of a branch contains no white space.
# shellcheck disable=SC2016
pull_requests=$(github_list "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" '
  select(.merged_at != null and .merge_commit_sha == $sha)
  | select(.base.ref == $branch and .base.repo.full_name == $repository)
  | select(.head.repo.full_name == $repository) | "\(.number) \(.head.sha) \(.head.ref)"' \
  --arg repository "$GITHUB_REPOSITORY" --arg sha "$GITHUB_SHA" --arg branch "$GITHUB_REF_NAME")
[ -n "$pull_requests" ] || refuse "This commit is not the result of merging a pull request from a branch of this repository."
read -r number sha branch <<< "$pull_requests"

workflow=${GITHUB_WORKFLOW_REF%%@*}
github GET "repos/$GITHUB_REPOSITORY/actions/workflows/${workflow##*/}/runs?event=pull_request&head_sha=$sha&per_page=100"
runs=$(jq -r --arg repository "$GITHUB_REPOSITORY" --arg sha "$sha" --arg branch "$branch" '
  [.workflow_runs[] | select(.event == "pull_request")
                    | select(.conclusion | IN("success", "failure", "timed_out", "startup_failure"))
                    | select(.repository.full_name == $repository and .head_repository.full_name == $repository)
                    | select(.head_sha == $sha and .head_branch == $branch)]
  | sort_by(-.run_number)[] | "\(.id) \(.conclusion)"' "$response")
[ -n "$runs" ] || refuse "No successful workflow run created a plan for the last commit of the pull request."

artifact=plan-$number-$sha
artifact_count=0
# The latest run may belong to another pull request of the same branch.
while read -r run conclusion; do
  # The comment on the pull request shows the failure instead of an earlier plan.
  [ "$conclusion" = success ] || refuse "The latest workflow run for the last commit of the pull request failed."
  github GET "repos/$GITHUB_REPOSITORY/actions/runs/$run/artifacts?name=$artifact&per_page=100"
  artifact_count=$(jq --arg name "$artifact" '[.artifacts[] | select(.name == $name and (.expired | not))] | length' "$response")
  [ "$artifact_count" -eq 0 ] || break
done <<< "$runs"
[ "$artifact_count" -gt 0 ] || refuse "The plan of the pull request has expired or was never uploaded."

{
  echo "number=$number"
  echo "run=$run"
  echo "artifact=$artifact"
} >> "$GITHUB_OUTPUT"
