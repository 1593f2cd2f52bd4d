# A plan changes the tier of at most 10 existing contacts.
10 as $maximum
| [.resource_changes[]
  | select(.type == "front_contact" and .change.actions == ["update"])
  | select(.change.before.custom_fields.Tier != .change.after.custom_fields.Tier)] | length
| select(. > $maximum)
| "The tier of \(.) contacts changes; the maximum is \($maximum)"
