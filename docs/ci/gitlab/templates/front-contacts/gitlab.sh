# Functions that the other scripts share. Requires curl and jq.
set -eu

project=$CI_API_V4_URL/projects/$CI_PROJECT_ID
# The exit code of front-contacts.
# shellcheck disable=SC2034
code=0

# Deletes files of the repository that have the names of the jobs' own files, so that a job cannot read them by mistake.
rm -rf plan.json plan.html plan.md tfplan.json apply.html apply.log apply.code note.md \
  accept.log actions.json commit.json

front_contacts() { npx --no front-contacts "$@" --contacts "${CONTACTS:-contacts}"; }

# Warns if the schema is out of date. A plan does not depend on the schema.
check_schema() {
  [ ! -e "${CONTACTS:-contacts}/front.schema.json" ] || front_contacts schema --check ||
    echo "Warning: the schema of the company is out of date or could not be checked. Run 'front-contacts schema --from-front'."
}

# Sends a request and prints the response. Takes the arguments of curl. The token is not an argument, because other
# processes can see arguments.
gitlab() {
  printf 'header = "PRIVATE-TOKEN: %s"\n' "$GITLAB_BOT_TOKEN" |
    curl --fail --silent --show-error --globoff --max-time 60 --config - "$@"
}

# Prints the items of all pages of a listing, one per line. Argument: URL, which must have a query string.
gitlab_list() {
  page=1
  while :; do
    items=$(gitlab "$1&per_page=100&page=$page") || return 1
    items=$(printf '%s\n' "$items" | jq -c '.[]') || return 1
    [ -z "$items" ] || printf '%s\n' "$items"
    [ "$(printf '%s\n' "$items" | wc -l)" -eq 100 ] || return 0
    page=$((page + 1))
  done
}

# Prints the id of the user who owns GITLAB_BOT_TOKEN.
bot_id() { gitlab "$CI_API_V4_URL/user" | jq .id; }

# Prints the first sentence of a plan, which contains the counts.
summary_of() { sed -nE '2s/^\*\*([^*]+)\*\*.*$/\1/p' "$1"; }

# Prints a Markdown link to an HTML artifact of this job. Argument: file name.
page_link() { echo "[All changes, with filters and pictures]($CI_JOB_URL/artifacts/file/$1)"; }

# Updates the merge request comment that starts with the same first line as the file, or adds a comment. Arguments:
# number, Markdown file. In GitLab's API, comments are notes.
put_note() {
  notes=$project/merge_requests/$1/notes
  author=$(bot_id)
  # Anyone can write the marker, so the author must also be the bot.
  found=$(gitlab_list "$notes?sort=asc")
  note=$(printf '%s\n' "$found" | jq -rs --argjson bot "$author" --arg marker "$(head -n 1 "$2")" '
    [.[] | select(.author.id == $bot and (.body | startswith($marker)))][0].id // empty')
  if [ -n "$note" ]; then
    gitlab --request PUT --data-urlencode "body@$2" --output /dev/null "$notes/$note"
  else
    gitlab --request POST --data-urlencode "body@$2" --output /dev/null "$notes"
  fi
}
