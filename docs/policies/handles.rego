# Only entries below contacts/cleanup/ may remove handles from contacts that are not deleted. Moving a handle to another
# contact is always allowed.
package main

import rego.v1

cleanup_directory := "contacts/cleanup/"

cleanup_addresses contains resource.address if {
	some resource in input.resource_changes
	startswith(resource.front_contacts.location.file, cleanup_directory)
}

remaining_handles contains [handle.source, handle.handle] if {
	some resource in input.resource_changes
	some handle in resource.change.after.handles
}

deny contains message if {
	some operation in input.front_contacts.operations
	operation.kind == "remove-handle"
	address := operation.subjects[0]
	not address in cleanup_addresses
	handle := operation.handle
	not [handle.source, handle.handle] in remaining_handles
	message := sprintf("%s loses the handle %s %s", [address, handle.source, handle.handle])
}
