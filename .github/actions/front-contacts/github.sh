# Functions for GitHub's API, for the other scripts. They need curl and jq, which GitHub's runners have.
set -euo pipefail
shopt -s inherit_errexit

directory=$RUNNER_TEMP/front-contacts
mkdir -p "$directory"
run_url=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID

# Prints an error for the page of the run to standard error, because standard output is often captured, and exits.
fail() {
  local message=${2//'%'/'%25'}
  message=${message//$'\r'/'%0D'}
  echo "::error title=$1::${message//$'\n'/'%0A'}" >&2
  exit 1
}

# Sends a request and prints the response. Arguments: method, path, and a file with the JSON body.
github() {
  local response=$directory/response.json status arguments
  arguments=(--globoff --silent --show-error --max-time 60 --request "$1" --output "$response" --write-out '%{http_code}')
  arguments+=(--header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28')
  [ $# -lt 3 ] || arguments+=(--header 'Content-Type: application/json' --data-binary "@$3")
  # A POST without a response may have arrived, so it is not repeated.
  [ "$1" = POST ] || arguments+=(--retry 3)
  # The token is not an argument, because other processes can see arguments.
  status=$(curl "${arguments[@]}" --config - "$GITHUB_API_URL/$2" <<< "header = \"Authorization: Bearer $GH_TOKEN\"") ||
    fail "GitHub cannot be reached" "$1 $2: curl failed."
  case $status in
    2??) cat "$response" ;;
    *) fail "GitHub refused a request" "$1 $2: $status $(jq -r '.message? // empty' "$response" 2> /dev/null || true)" ;;
  esac
}

# Prints the elements of a list, one a line, from all its pages.
github_list() {
  local page=1 separator='?' items
  [[ $1 != *\?* ]] || separator='&'
  while :; do
    items=$(github GET "$1${separator}per_page=100&page=$page" | jq -c '.[]')
    [ -z "$items" ] || printf '%s\n' "$items"
    [ "$(wc -l <<< "$items")" -eq 100 ] || return 0
    page=$((page + 1))
  done
}

# A jq filter that selects comments and issues of this workflow. Anybody can write the marker, so the author must be the bot.
# shellcheck disable=SC2016
own='select(.user.login == "github-actions[bot]" and (.body // "" | startswith($marker)))'

# Writes the JSON body of a comment or an issue, with links after the first paragraph. GitHub accepts 65,536 characters, so a
# longer text is shortened to the paragraphs before its details. Arguments: Markdown file, JSON file, more properties as JSON.
write_body() {
  jq -Rs --argjson more "${3:-{\}}" --arg run "$run_url" --arg page "${PAGE_URL:-}" '
    def shortened:
      if length <= 65000 then .
      else
        split("\n<details>")[0]
        | if length > 64000 then .[0:64000] | split("\n\n")[:-1] | join("\n\n") else . end
        + "\n\n_More did not fit here. See the page of the run._\n"
      end;
    def links: [if $page == "" then empty else "[All changes, with filters and pictures](\($page))" end, "[Run](\($run))"] | join(" · ");
    split("\n\n") | ([.[0], links] + .[1:]) | join("\n\n") | shortened | {body: .} + $more
  ' "$1" > "$2"
}

# Updates the comment of a pull request that starts with the first line of the file, or adds a comment. Arguments: number,
# Markdown file.
put_comment() {
  local id
  id=$(github_list "repos/$GITHUB_REPOSITORY/issues/$1/comments" |
    jq -rs --arg marker "$(head -n 1 "$2")" "[.[] | $own | .id][0] // empty")
  write_body "$2" "$directory/body.json"
  if [ -n "$id" ]; then
    github PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id" "$directory/body.json" > /dev/null
  else
    github POST "repos/$GITHUB_REPOSITORY/issues/$1/comments" "$directory/body.json" > /dev/null
  fi
}
