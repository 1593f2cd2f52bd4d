# Only entries below contacts/cleanup/ may remove handles. Moving a handle to another contact is always allowed.
package main

import rego.v1

cleanup_directory := "contacts/cleanup/"

remaining_handles contains [handle.source, handle.handle] if {
	some resource in input.resource_changes
	some handle in resource.change.after.handles
}

in_cleanup(resource) if startswith(resource.front_contacts.location.file, cleanup_directory)

deny contains message if {
	some resource in input.resource_changes
	resource.change.actions == ["update"]
	not in_cleanup(resource)
	some handle in resource.change.before.handles
	not [handle.source, handle.handle] in remaining_handles
	message := sprintf("%s loses the handle %s %s", [resource.address, handle.source, handle.handle])
}
