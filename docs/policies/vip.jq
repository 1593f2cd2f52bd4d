# No contact leaves the list VIP. The contacts of a merge keep their lists.
"VIP" as $list
| [.front_contacts.operations[] | select(.kind == "merge-contacts") | .subjects[]] as $merged
| .resource_changes[]
| select(.address | IN($merged[]) | not)
| select((.change.before.lists // [] | index($list)) and (.change.after.lists // [] | index($list) | not))
| "\(.address) leaves the list \($list)"
