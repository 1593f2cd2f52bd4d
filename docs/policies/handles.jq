# Only entries below contacts/cleanup/ may remove handles from contacts that are not deleted. Moving a handle to another
# contact is always allowed.
"contacts/cleanup/" as $directory
| [.resource_changes[]
  | select(.front_contacts.location.file // "" | startswith($directory))
  | .address] as $cleanup
| [.resource_changes[].change.after.handles[]? | "\(.source) \(.handle)"] as $remaining
| .front_contacts.operations[]
| select(.kind == "remove-handle" and (.subjects[0] | IN($cleanup[]) | not))
| .subjects[0] as $address
| "\(.handle.source) \(.handle.handle)"
| select(IN($remaining[]) | not)
| "\($address) loses the handle \(.)"
