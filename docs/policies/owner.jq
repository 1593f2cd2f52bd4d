# Every new contact has an account owner.
"Account Owner" as $field
| .resource_changes[]
| select(.type == "front_contact" and .change.actions == ["create"])
| select(.change.after.custom_fields[$field] // "" | . == "")
| "\(.address) has no \($field)"
