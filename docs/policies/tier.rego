# A plan changes the tier of at most 10 existing contacts.
package main

import rego.v1

max_tier_changes := 10

tier(side) := object.get(side, ["custom_fields", "Tier"], null)

tier_changes contains resource.address if {
	some resource in input.resource_changes
	resource.type == "front_contact"
	resource.change.actions == ["update"]
	tier(resource.change.before) != tier(resource.change.after)
}

deny contains message if {
	count(tier_changes) > max_tier_changes
	message := sprintf("The tier of %d contacts changes; the maximum is %d", [count(tier_changes), max_tier_changes])
}
