# Reports the result of front.sh: a plan in one comment and in the title of a check, an apply in a comment of the merged pull
# request, drift in one issue, and edited files in one pull request.
. "${BASH_SOURCE[0]%/*}/github.sh"
. "${BASH_SOURCE[0]%/*}/pull-request.sh"

# Creates a check. The pull request shows the title of a check beside its name.
put_check() {
  local conclusion=success
  [ "$CODE" = 0 ] || conclusion=failure
  jq -n --arg sha "$HEAD_SHA" --arg conclusion "$conclusion" --arg title "${SUMMARY:-No plan was created}" --arg url "$run_url" '{
    name: "front-contacts", head_sha: $sha, status: "completed", conclusion: $conclusion, details_url: $url,
    output: {title: $title, summary: "The plan is in the comment of the pull request and on the page of [the run](\($url))."}
  }' > "$directory/check.json"
  (github POST "repos/$GITHUB_REPOSITORY/check-runs" "$directory/check.json" > /dev/null) ||
    echo "::warning title=No check::The job needs the permission checks: write to show the counts in the title of a check."
}

# Opens or updates the issue about drift. A run without differences closes it.
put_issue() {
  local marker='<!-- front-contacts drift -->' number
  number=$(github_list "repos/$GITHUB_REPOSITORY/issues?state=open&creator=github-actions%5Bbot%5D" |
    jq -rs --arg marker "$marker" "[.[] | select(.pull_request == null) | $own | .number][0] // empty")
  case $CODE in
    2)
      { echo "$marker" && tail -n +2 "$directory/plan.md"; } > "$directory/issue.md"
      write_body "$directory/issue.md" "$directory/body.json" '{"title": "Front differs from the files"}'
      if [ -n "$number" ]; then
        github PATCH "repos/$GITHUB_REPOSITORY/issues/$number" "$directory/body.json" > /dev/null
      else
        github POST "repos/$GITHUB_REPOSITORY/issues" "$directory/body.json" > /dev/null
      fi
      ;;
    0)
      [ -n "$number" ] || return 0
      jq -n --arg url "$run_url" '{body: "Front matches the files again: [run](\($url))."}' > "$directory/body.json"
      github POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" "$directory/body.json" > /dev/null
      echo '{"state": "closed", "state_reason": "completed"}' > "$directory/body.json"
      github PATCH "repos/$GITHUB_REPOSITORY/issues/$number" "$directory/body.json" > /dev/null
      ;;
  esac
}

case $COMMAND in
  plan)
    [ ! -s "$directory/plan.md" ] || put_comment "$PULL_REQUEST" "$directory/plan.md"
    put_check
    ;;
  apply)
    marker='<!-- front-contacts apply -->'
    cp "$directory/apply.md" "$directory/comment.md"
    # An apply that ended with an error describes that in place of a result, below a headline about plans.
    [ "$(head -n 1 "$directory/apply.md")" = "$marker" ] ||
      { printf '%s\n' "$marker" "**${SUMMARY:-Nothing was applied.}**" && tail -n +3 "$directory/apply.md"; } > "$directory/comment.md"
    put_comment "$PULL_REQUEST" "$directory/comment.md"
    ;;
  drift) put_issue ;;
  accept)
    if [ "$CODE" = 0 ]; then
      # The backquotes are Markdown.
      # shellcheck disable=SC2016
      printf '%s\n\n' 'People changed these contacts in Front. Merge to keep their edits; close to keep the files, and run `front-contacts apply` to restore them.' \
        "$SUMMARY" > "$directory/request.md"
      put_pull_request front-contacts/accept "Accept changes made in Front" "$directory/request.md"
    fi
    ;;
  # A plan with errors, such as cells that are not valid, is shown as well.
  propose) [ ! -s "$directory/plan.md" ] || put_pull_request front-contacts/table "Update contacts from their source" "$directory/plan.md" ;;
esac
