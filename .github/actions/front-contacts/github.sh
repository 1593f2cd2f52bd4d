# Functions for GitHub's API. Requires curl and jq, which are preinstalled on GitHub-hosted runners.
set -euo pipefail
shopt -s inherit_errexit

directory=$RUNNER_TEMP/front-contacts
# The file with the response to the last request.
response=$directory/response.json
# Distinguishes the comments, issues and branches of several workflows. Empty if the contacts directory is `contacts`.
suffix=
if [ "$CONTACTS" != contacts ]; then
  suffix=-$(printf %s "$CONTACTS" | tr -cs '[:alnum:]' -)
  # Characters other than letters and digits become hyphens, so a checksum distinguishes, for example, the directories
  # a/b and a-b.
  [[ $CONTACTS =~ ^[0-9A-Za-z/]*$ ]] || suffix+=$(printf %s "$CONTACTS" | cksum | cut -d ' ' -f 1)
fi
# Distinguishes titles and the names of checks in the same way.
# shellcheck disable=SC2034
scope=${suffix:+ ($CONTACTS)}
# An option for commands that a person runs. Empty if the contacts directory is `contacts`.
directory_option=
# shellcheck disable=SC2034
[ "$CONTACTS" = contacts ] || printf -v directory_option ' --contacts %q' "$CONTACTS"
run_url=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID

# Prints an error annotation and exits. Prints to standard error, because callers often capture standard output.
# Arguments: title, message.
fail() {
  local message=${2//'%'/'%25'}
  message=${message//$'\r'/'%0D'}
  echo "::error title=$1::${message//$'\n'/'%0A'}" >&2
  exit 1
}

# Sends a request and writes the response to $response. Arguments: method, path, file with the JSON body (optional).
github() {
  local status arguments
  arguments=(--globoff --silent --show-error --max-time 60 --request "$1" --output "$response" --write-out '%{http_code}')
  arguments+=(--header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28')
  [ $# -lt 3 ] || arguments+=(--header 'Content-Type: application/json' --data-binary "@$3")
  # If a POST gets no response, its outcome is unknown, so it is not retried.
  [ "$1" = POST ] || arguments+=(--retry 3)
  # The token is not an argument, because other processes can see arguments.
  status=$(curl "${arguments[@]}" --config - "$GITHUB_API_URL/$2" <<< "header = \"Authorization: Bearer $GH_TOKEN\"") ||
    fail "GitHub cannot be reached" "$1 $2: curl failed. Run the job again."
  case $status in
    2??) ;;
    *) fail "GitHub rejected a request" "$1 $2: $status $(jq -r '.message? // empty' "$response" 2> /dev/null || true). Check the permissions of the job, or run it again." ;;
  esac
}

# Prints the results of a jq filter for the items of all pages of a listing. Arguments: path, filter, options of jq.
github_list() {
  local page=1 separator='?' results
  [[ $1 != *\?* ]] || separator='&'
  while :; do
    github GET "$1${separator}per_page=100&page=$page"
    # The first line is the number of items.
    results=$(jq -r "${@:3}" "length, (.[] | $2)" "$response")
    [[ $results != *$'\n'* ]] || printf '%s\n' "${results#*$'\n'}"
    [ "${results%%$'\n'*}" -eq 100 ] || return 0
    page=$((page + 1))
  done
}

# A jq filter that selects the comments and issues that start with $marker and that a workflow created. Anyone can write
# the marker, so the filter also requires the bot as the author.
# shellcheck disable=SC2016
select_own='select(.user.login == "github-actions[bot]" and (.body // "" | startswith($marker)))'

# Writes the JSON body of a comment, an issue or a pull request, with links after the first paragraph. GitHub accepts
# 65,536 characters, so a text of more than 65,000 is truncated at its first <details> element, and then at a paragraph
# if necessary. Arguments: Markdown file, JSON file, --arg options of jq for additional properties.
write_body() {
  RUN_URL=$run_url jq -Rs "${@:3}" '
    def shortened:
      if length <= 65000 then .
      else
        split("\n<details>")[0]
        | if length > 64000 then .[0:64000] | split("\n\n")[:-1] | join("\n\n") else . end
        + "\n\n_This report was shortened. See the workflow run for the full report._\n"
      end;
    def page: env.PAGE_URL // "" | if . == "" then empty else "[All changes, with filters and pictures](\(.))" end;
    def links: [page, "[Run](\(env.RUN_URL))"] | join(" · ");
    split("\n\n") | ([.[0], links] + .[1:]) | join("\n\n") | shortened | {body: .} + $ARGS.named
  ' "$1" > "$2"
}

# Adds a comment to a pull request. Arguments: number, Markdown file.
add_comment() {
  write_body "$2" "$directory/body.json"
  github POST "repos/$GITHUB_REPOSITORY/issues/$1/comments" "$directory/body.json"
}

# Updates the pull request comment that starts with the same first line as the file, or adds a comment. Arguments:
# number, Markdown file.
put_comment() {
  local marker ids
  read -r marker < "$2"
  ids=$(github_list "repos/$GITHUB_REPOSITORY/issues/$1/comments" "$select_own | .id" --arg marker "$marker")
  if [ -n "$ids" ]; then
    write_body "$2" "$directory/body.json"
    github PATCH "repos/$GITHUB_REPOSITORY/issues/comments/${ids%%$'\n'*}" "$directory/body.json"
  else
    add_comment "$1" "$2"
  fi
}
