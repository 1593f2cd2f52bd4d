# No contact leaves the list VIP. The contacts of a merge keep their lists.
package main

import rego.v1

merged_contacts contains address if {
	some operation in input.front_contacts.operations
	operation.kind == "merge-contacts"
	some address in operation.subjects
}

stays_on_vip(resource) if "VIP" in resource.change.after.lists

deny contains message if {
	some resource in input.resource_changes
	not resource.address in merged_contacts
	"VIP" in resource.change.before.lists
	not stays_on_vip(resource)
	message := sprintf("%s leaves the list VIP", [resource.address])
}
