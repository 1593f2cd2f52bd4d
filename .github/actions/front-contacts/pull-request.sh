# Opens or updates a pull request with the changed files; closes it if no file changed. Creates the commit with GitHub's
# API, so that git needs no credentials. Arguments: branch, title, Markdown file with the description.
put_pull_request() {
  # Set by github.sh.
  # shellcheck disable=SC2154
  local repository=repos/$GITHUB_REPOSITORY branch=$1 title=$2 body=$directory/body.json
  local number files entries blob tree commit found

  number=$(github_list "$repository/pulls?state=open&head=${GITHUB_REPOSITORY%%/*}:$branch" | jq -s '.[0].number // empty')
  mapfile -d '' -t files < <(git ls-files -z --modified --others --exclude-standard -- "$CONTACTS")

  if [ "${#files[@]}" = 0 ]; then
    [ -n "$number" ] || return 0
    echo '{"state": "closed"}' > "$body"
    github PATCH "$repository/pulls/$number" "$body" > /dev/null
    return 0
  fi

  entries='[]'
  for file in "${files[@]}"; do
    base64 -w 0 < "$file" | jq -Rs '{content: ., encoding: "base64"}' > "$body"
    blob=$(github POST "$repository/git/blobs" "$body" | jq -r .sha)
    entries=$(jq --arg path "$file" --arg sha "$blob" '. + [{path: $path, mode: "100644", type: "blob", sha: $sha}]' <<< "$entries")
  done
  jq --arg base "$(git rev-parse 'HEAD^{tree}')" '{base_tree: $base, tree: .}' <<< "$entries" > "$body"
  tree=$(github POST "$repository/git/trees" "$body" | jq -r .sha)
  jq -n --arg tree "$tree" --arg parent "$(git rev-parse HEAD)" --arg message "$title" \
    '{message: $message, tree: $tree, parents: [$parent]}' > "$body"
  commit=$(github POST "$repository/git/commits" "$body" | jq -r .sha)

  # Force-updates an existing branch, so that it is always one commit on top of the checked-out commit and cannot
  # conflict with it.
  found=$(github_list "$repository/git/matching-refs/heads/$branch" | jq -r .ref)
  if grep -qx "refs/heads/$branch" <<< "$found"; then
    jq -n --arg sha "$commit" '{sha: $sha, force: true}' > "$body"
    github PATCH "$repository/git/refs/heads/$branch" "$body" > /dev/null
  else
    jq -n --arg ref "refs/heads/$branch" --arg sha "$commit" '{ref: $ref, sha: $sha}' > "$body"
    github POST "$repository/git/refs" "$body" > /dev/null
  fi

  write_body "$3" "$body" "$(jq -n --arg title "$title" --arg head "$branch" --arg base "$GITHUB_REF_NAME" \
    '{title: $title, head: $head, base: $base}')"
  if [ -n "$number" ]; then
    github PATCH "$repository/pulls/$number" "$body" > /dev/null
  else
    github POST "$repository/pulls" "$body" > /dev/null
  fi
}
