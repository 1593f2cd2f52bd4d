# Handles are removed only from entries below contacts/cleanup/. A handle that moves to another contact is not removed.
"contacts/cleanup/" as $directory
| def handles: (.handles // [])[] | "\(.source) \(.handle)";
  [.resource_changes[].change.after | values | handles] as $kept
| .resource_changes[]
| select(.change.actions == ["update"])
| select(.front_contacts.location.file // "" | startswith($directory) | not)
| .address as $address
| .change.before | handles
| select(IN($kept[]) | not)
| "\($address) loses the handle \(.)"
