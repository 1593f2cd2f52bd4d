# Reports the result of front.sh. A plan becomes a comment and a check run, an apply becomes a comment on the merged
# pull request, drift becomes an issue, and changed files become a pull request.
. "${BASH_SOURCE[0]%/*}/github.sh"
. "${BASH_SOURCE[0]%/*}/pull-request.sh"

# Creates a check run. GitHub shows its title next to the name of the check in the pull request.
create_check() {
  local conclusion=success
  [ "$CODE" = 0 ] || conclusion=failure
  jq -n --arg sha "$HEAD_SHA" --arg conclusion "$conclusion" --arg title "${SUMMARY:-No plan was created}" --arg url "$run_url" \
    --arg name "front-contacts$scope" '{
    name: $name, head_sha: $sha, status: "completed", conclusion: $conclusion, details_url: $url,
    output: {title: $title, summary: "See the plan in the pull request comment and on the [workflow run](\($url)) page."}
  }' > "$directory/check.json"
  (github POST "repos/$GITHUB_REPOSITORY/check-runs" "$directory/check.json") ||
    echo "::warning title=Check not created::If the job does not have the 'checks: write' permission, grant it to show the counts in the check title."
}

# Opens or updates the drift issue. Closes it if Front matches the configuration.
put_issue() {
  local marker="<!-- front-contacts drift$suffix -->" number
  number=$(github_list "repos/$GITHUB_REPOSITORY/issues?state=open&creator=github-actions%5Bbot%5D" \
    "select(.pull_request == null) | $select_own | .number" --arg marker "$marker")
  number=${number%%$'\n'*}
  case $CODE in
    2)
      { echo "$marker" && tail -n +2 "$directory/plan.md"; } > "$directory/issue.md"
      write_body "$directory/issue.md" "$directory/body.json" --arg title "Front differs from the configuration$scope"
      if [ -n "$number" ]; then
        github PATCH "repos/$GITHUB_REPOSITORY/issues/$number" "$directory/body.json"
      else
        github POST "repos/$GITHUB_REPOSITORY/issues" "$directory/body.json"
      fi
      ;;
    0)
      [ -n "$number" ] || return 0
      jq -n --arg url "$run_url" '{body: "Front matches the configuration again: [run](\($url))."}' > "$directory/body.json"
      github POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" "$directory/body.json"
      echo '{"state": "closed", "state_reason": "completed"}' > "$directory/body.json"
      github PATCH "repos/$GITHUB_REPOSITORY/issues/$number" "$directory/body.json"
      ;;
  esac
}

case $COMMAND in
  plan)
    {
      echo "<!-- front-contacts plan$suffix -->"
      if [ -s "$directory/plan.md" ]; then
        tail -n +2 "$directory/plan.md"
      else
        # The process was killed. Without this text, the comment would still show the plan of an earlier push.
        echo "**No plan was created.** The command ended without a report, with exit code $CODE. See the log of the run, then run the job again."
      fi
    } > "$directory/comment.md"
    put_comment "$PULL_REQUEST" "$directory/comment.md"
    create_check
    ;;
  apply)
    {
      echo "<!-- front-contacts apply$suffix -->"
      if [ "$(head -n 1 "$directory/apply.md")" = '<!-- front-contacts apply -->' ]; then
        tail -n +2 "$directory/apply.md"
      elif [ -z "$SUMMARY" ] && [ ! -s "$directory/apply.md" ]; then
        # The process was killed.
        echo "**The result is unknown.** The command ended without a report, with exit code $CODE. Some changes may have been applied. Run the job again to apply the rest."
      else
        # If apply fails before it changes anything, its report has a headline for plans. Replace that headline.
        echo "**${SUMMARY:-Nothing was applied.}**" && tail -n +3 "$directory/apply.md"
      fi
    } > "$directory/comment.md"
    # A repeated job must not replace the result of the first apply.
    add_comment "$PULL_REQUEST" "$directory/comment.md"
    ;;
  drift) put_issue ;;
  accept)
    if [ "$CODE" = 0 ]; then
      {
        printf '%s\n\n' "These contacts were changed in Front. To accept the changes, merge this pull request. To revert them in Front, close it and run \`front-contacts apply$directory_option\`." \
          "$SUMMARY"
        [ ! -s "$directory/accept-warnings.txt" ] ||
          echo "The log of the run contains warnings, for example about changes that are not part of this pull request."
      } > "$directory/pull_request.md"
      put_pull_request "front-contacts/accept$suffix" "Accept changes made in Front$scope" "$directory/pull_request.md"
    fi
    ;;
  # Creates the pull request even if the plan has errors, for example invalid cells.
  propose) [ ! -s "$directory/plan.md" ] || put_pull_request "front-contacts/table$suffix" "Update contacts from their source$scope" "$directory/plan.md" ;;
esac
