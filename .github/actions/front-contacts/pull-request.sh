# Opens or updates a pull request with the changed files; closes it if no file changed. Creates the commit with GitHub's
# API, so that git needs no credentials. Arguments: branch, title, Markdown file with the description.
# The variables directory and response are set by github.sh.
# shellcheck disable=SC2154
put_pull_request() {
  local repository=repos/$GITHUB_REPOSITORY branch=$1 title=$2 body=$directory/body.json
  local entries=$directory/entries.jsonl number files parent tree found

  number=$(github_list "$repository/pulls?state=open&head=${GITHUB_REPOSITORY%%/*}:$branch" .number)
  number=${number%%$'\n'*}
  mapfile -d '' -t files < <(git ls-files -z --modified --others --exclude-standard -- "$CONTACTS")

  if [ "${#files[@]}" = 0 ]; then
    [ -n "$number" ] || return 0
    echo '{"state": "closed"}' > "$body"
    github PATCH "$repository/pulls/$number" "$body"
    return 0
  fi

  : > "$entries"
  for file in "${files[@]}"; do
    if [ ! -e "$file" ]; then
      # Deletes the file.
      jq -nc --arg path "$file" '{path: $path, mode: "100644", type: "blob", sha: null}' >> "$entries"
      continue
    fi
    base64 -w 0 < "$file" | jq -Rs '{content: ., encoding: "base64"}' > "$body"
    github POST "$repository/git/blobs" "$body"
    jq -c --arg path "$file" '{path: $path, mode: "100644", type: "blob", sha: .sha}' "$response" >> "$entries"
  done
  tree=$(git rev-parse 'HEAD^{tree}')
  parent=$(git rev-parse HEAD)
  # shellcheck disable=SC2016
  found=$(github_list "$repository/git/matching-refs/heads/$branch" 'select(.ref == $ref) | .ref' --arg ref "refs/heads/$branch")
  jq -s --arg base "$tree" '{base_tree: $base, tree: .}' "$entries" > "$body"
  github POST "$repository/git/trees" "$body"
  jq --arg parent "$parent" --arg message "$title" '{message: $message, tree: .sha, parents: [$parent]}' "$response" > "$body"
  github POST "$repository/git/commits" "$body"

  # Force-updates an existing branch, so that it is always one commit on top of the checked-out commit and cannot
  # conflict with it.
  if [ -n "$found" ]; then
    jq '{sha: .sha, force: true}' "$response" > "$body"
    github PATCH "$repository/git/refs/heads/$branch" "$body"
  else
    jq --arg ref "refs/heads/$branch" '{ref: $ref, sha: .sha}' "$response" > "$body"
    github POST "$repository/git/refs" "$body"
  fi

  write_body "$3" "$body" --arg title "$title" --arg head "$branch" --arg base "$GITHUB_REF_NAME"
  if [ -n "$number" ]; then
    github PATCH "$repository/pulls/$number" "$body"
  else
    github POST "$repository/pulls" "$body"
  fi
}
