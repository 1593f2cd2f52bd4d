# A plan changes the tier of at most 10 existing contacts.
10 as $maximum
| [.resource_changes[]
  | select(.type == "front_contact" and .change.actions == ["update"])
  | select(.change.before.custom_fields.Tier != .change.after.custom_fields.Tier)
  | .address] as $changed
| select(($changed | length) > $maximum)
| "The tier of \($changed | length) contacts changes; the maximum is \($maximum): \($changed | sort | join(", "))"
