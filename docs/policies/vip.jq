# No contact leaves the list VIP, and the list is not deleted. A merge is allowed, because the remaining contact is on
# the lists of all merged contacts.
"VIP" as $list
| .front_contacts.operations[]
| if .kind == "remove-from-list" and .list.name == $list then
    [.contacts, .subjects] | transpose[] | "\(.[0].id) leaves the list \($list) (\(.[1]))"
  elif .kind == "delete-contact" and any(.lists[]?; .name == $list) then
    "\(.contact.id) leaves the list \($list) (\(.subjects[0]))"
  elif .kind == "delete-list" and .list.name == $list then
    "The list \($list) is deleted (\(.subjects[0]))"
  else
    empty
  end
