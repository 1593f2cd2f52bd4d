# Opens or updates a merge request with the changes made in Front; closes it if there are none.
. "${0%/*}/gitlab.sh"
export FRONT_API_TOKEN="$FRONT_READ_TOKEN"
# The directory is outside the repository, so that the files of this job are not part of the changes.
job=$(mktemp -d)

front_contacts import --update --changed-in-front --base HEAD > "$job/accept.log" 2> "$job/warnings.log" || code=$?
cat "$job/warnings.log" "$job/accept.log"
[ "$code" = 0 ] || exit "$code"

branch=front-contacts/accept
merge_requests=$project/merge_requests
found=$(gitlab_list "$merge_requests?state=opened&source_branch=$branch&source_project_id=$CI_PROJECT_ID" .iid)
number=${found%%"$newline"*}

# File names may contain any character, so null bytes separate them, and jq writes the JSON.
# shellcheck disable=SC2016
git ls-files -z --modified --others --exclude-standard -- "${CONTACTS:-contacts}" |
  xargs -0 -r -n 1 sh -c '
    action=create
    ! git cat-file -e "HEAD:$0" 2> /dev/null || action=update
    base64 -w 0 "$0" | jq -Rs --arg path "$0" --arg action "$action" \
      "{action: \$action, file_path: \$path, content: ., encoding: \"base64\"}"' > "$job/actions.json"

if [ ! -s "$job/actions.json" ]; then
  [ -z "$number" ] || gitlab --request PUT --data state_event=close --output /dev/null "$merge_requests/$number"
  exit 0
fi

# The branch always starts from the checked-out commit, so that the two cannot conflict.
jq -s --arg branch "$branch" --arg start "$(git rev-parse HEAD)" '{
  branch: $branch, start_sha: $start, force: true, commit_message: "Accept changes made in Front", actions: .
}' "$job/actions.json" > "$job/commit.json"
gitlab --header "Content-Type: application/json" --data "@$job/commit.json" --output /dev/null "$project/repository/commits"

{
  echo "These contacts were changed in Front. To accept the changes, merge this merge request. To revert them in Front, close it and run \`front-contacts apply$directory_option\`."
  printf '\n%s [Job](%s)\n' "$(sed -nE '/^(Wrote|Updated) /p' "$job/accept.log" | paste -sd ' ' -)" "$CI_JOB_URL"
  [ ! -s "$job/warnings.log" ] ||
    printf '\n%s\n' "The log of the job contains warnings, for example about changes that are not part of this merge request."
} > "$job/note.md"
if [ -n "$number" ]; then
  gitlab --request PUT --data-urlencode "description@$job/note.md" --output /dev/null "$merge_requests/$number"
else
  gitlab --request POST --data-urlencode "title=Accept changes made in Front" --data-urlencode "description@$job/note.md" \
    --data-urlencode "source_branch=$branch" --data-urlencode "target_branch=$CI_COMMIT_BRANCH" \
    --data remove_source_branch=true --output /dev/null "$merge_requests"
fi
