# A plan changes the tier of at most 10 existing contacts.
10 as $most
| [.resource_changes[]
  | select(.change.actions == ["update"])
  | select(.change.before.custom_fields.Tier != .change.after.custom_fields.Tier)
  | .address] as $changed
| select(($changed | length) > $most)
| "The tier of \($changed | length) contacts changes; the maximum is \($most): \($changed | sort | join(", "))"
