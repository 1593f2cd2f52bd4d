# Every new contact has an account owner.
package main

import rego.v1

has_owner(contact) if contact.custom_fields["Account Owner"] != ""

deny contains message if {
	some resource in input.resource_changes
	resource.type == "front_contact"
	resource.change.actions == ["create"]
	not has_owner(resource.change.after)
	message := sprintf("%s has no Account Owner", [resource.address])
}
