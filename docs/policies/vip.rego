# No contact leaves the list VIP, and the list is not deleted. A merge is allowed, because the remaining contact is on
# the lists of all merged contacts.
package main

import rego.v1

vip_list := "VIP"

deny contains message if {
	some operation in input.front_contacts.operations
	operation.kind == "remove-from-list"
	operation.list.name == vip_list
	some index, contact in operation.contacts
	message := sprintf("%s leaves the list %s (%s)", [contact.id, vip_list, operation.subjects[index]])
}

deny contains message if {
	some operation in input.front_contacts.operations
	operation.kind == "delete-contact"
	some list in operation.lists
	list.name == vip_list
	message := sprintf("%s leaves the list %s (%s)", [operation.contact.id, vip_list, operation.subjects[0]])
}

deny contains message if {
	some operation in input.front_contacts.operations
	operation.kind == "delete-list"
	operation.list.name == vip_list
	message := sprintf("The list %s is deleted (%s)", [vip_list, operation.subjects[0]])
}
