# Functions that the other scripts share. Requires curl and jq.
set -eu

project=$CI_API_V4_URL/projects/$CI_PROJECT_ID
# The exit code of front-contacts.
# shellcheck disable=SC2034
code=0
# An option for commands that a person runs.
directory_option=
[ "${CONTACTS:-contacts}" = contacts ] || directory_option=" --contacts \"$CONTACTS\""

# Deletes files of the repository that have the names of the jobs' own files, so that a job cannot read them by mistake.
rm -rf plan.json plan.html plan.md tfplan.json apply.html apply.log apply.code note.md

# The exit code is 127 if the program is missing, for example because npm ci --ignore-scripts did not build it.
front_contacts() {
  status=0
  npx --no front-contacts "$@" --contacts "${CONTACTS:-contacts}" || status=$?
  [ "$status" != 127 ] || echo "Error: front-contacts is not installed or not built. Install it from a tarball; see 'Set up' in docs/ci.md of front-contacts." >&2
  return "$status"
}

# Warns if the schema is out of date. A plan does not depend on the schema.
check_schema() {
  [ ! -e "${CONTACTS:-contacts}/front.schema.json" ] || front_contacts schema --check ||
    echo "Warning: the schema of the company is out of date or could not be checked. Run 'front-contacts schema --from-front$directory_option'."
}

# Sends a request and prints the response. Takes the arguments of curl. The token is not an argument, because other
# processes can see arguments.
gitlab() {
  curl --fail --silent --show-error --globoff --max-time 60 --config - "$@" << EOF || explain_failure
header = "PRIVATE-TOKEN: $GITLAB_BOT_TOKEN"
EOF
}

explain_failure() {
  echo "A request to GitLab failed. Check the role and the scope of GITLAB_BOT_TOKEN, or run the job again." >&2
  return 1
}

newline='
'

# Prints the results of a jq filter for the items of all pages of a listing. Arguments: URL with a query string, filter,
# options of jq.
gitlab_list() {
  url=$1
  filter=$2
  shift 2
  page=1
  while :; do
    items=$(gitlab "$url&per_page=100&page=$page") || return 1
    # The first line is the number of items.
    results=$(printf '%s\n' "$items" | jq -r "$@" "length, (.[] | $filter)") || return 1
    [ "$results" = "${results#*"$newline"}" ] || printf '%s\n' "${results#*"$newline"}"
    [ "${results%%"$newline"*}" -eq 100 ] || return 0
    page=$((page + 1))
  done
}

# Prints the user who owns GITLAB_BOT_TOKEN, as JSON.
bot_user() { gitlab "$CI_API_V4_URL/user"; }

# Prints the first sentence of a plan, which contains the counts.
summary_of() { sed -nE '2s/^\*\*([^*]+)\*\*.*$/\1/p' "$1"; }

# Prints a Markdown link to an HTML artifact of this job. Argument: file name.
page_link() { echo "[All changes, with filters and pictures]($CI_JOB_URL/artifacts/file/$1)"; }

# Adds a comment to a merge request. In GitLab's API, comments are notes. Arguments: number, Markdown file.
add_note() {
  gitlab --request POST --data-urlencode "body@$2" --output /dev/null "$project/merge_requests/$1/notes"
}

# Updates the merge request comment that starts with the same first line as the file, or adds a comment. Arguments:
# number, Markdown file.
put_note() {
  notes=$project/merge_requests/$1/notes
  bot=$(bot_user)
  read -r marker < "$2"
  # Anyone can write the marker, so the author must also be the bot.
  # shellcheck disable=SC2016
  found=$(gitlab_list "$notes?sort=asc" 'select(.author.id == $bot.id and (.body | startswith($marker))) | .id' \
    --argjson bot "$bot" --arg marker "$marker")
  if [ -n "$found" ]; then
    gitlab --request PUT --data-urlencode "body@$2" --output /dev/null "$notes/${found%%"$newline"*}"
  else
    add_note "$1" "$2"
  fi
}
