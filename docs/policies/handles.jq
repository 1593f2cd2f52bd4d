# Only entries below contacts/cleanup/ may remove handles. Moving a handle to another contact is always allowed.
"contacts/cleanup/" as $directory
| def handles: (.handles // [])[] | "\(.source) \(.handle)";
  [.resource_changes[].change.after | values | handles] as $remaining
| .resource_changes[]
| select(.change.actions == ["update"])
| select(.front_contacts.location.file // "" | startswith($directory) | not)
| .address as $address
| .change.before | handles
| select(IN($remaining[]) | not)
| "\($address) loses the handle \(.)"
