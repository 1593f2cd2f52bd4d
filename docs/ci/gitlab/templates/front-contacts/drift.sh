# Opens or updates the drift issue. Closes it if Front matches the configuration.
. "${0%/*}/gitlab.sh"
export FRONT_API_TOKEN="$FRONT_READ_TOKEN"

check_schema
# Exit code 2 means that the plan has changes.
front_contacts plan --base HEAD --detailed-exitcode --format markdown --html plan.html > plan.md || code=$?
cat plan.md
case $code in
  0 | 2) ;;
  *) exit "$code" ;;
esac

marker='<!-- front-contacts drift -->'
bot=$(bot_user)
author=$(printf '%s\n' "$bot" | jq .id)
# shellcheck disable=SC2016
found=$(gitlab_list "$project/issues?state=opened&scope=all&author_id=$author" '
  select(.author.id == $author and (.description // "" | startswith($marker))) | .iid' \
  --argjson author "$author" --arg marker "$marker")
issue=${found%%"$newline"*}

if [ "$code" = 2 ]; then
  {
    echo "$marker"
    tail -n +2 plan.md
    printf '\n%s\n' "$(page_link plan.html)"
  } > note.md
  if [ -n "$issue" ]; then
    gitlab --request PUT --data-urlencode description@note.md --output /dev/null "$project/issues/$issue"
  else
    gitlab --request POST --data-urlencode "title=Front differs from the configuration" --data-urlencode description@note.md \
      --output /dev/null "$project/issues"
  fi
elif [ -n "$issue" ]; then
  gitlab --request POST --data-urlencode "body=Front matches the configuration again: [job]($CI_JOB_URL)" \
    --output /dev/null "$project/issues/$issue/notes"
  gitlab --request PUT --data state_event=close --output /dev/null "$project/issues/$issue"
fi
exit "$code"
