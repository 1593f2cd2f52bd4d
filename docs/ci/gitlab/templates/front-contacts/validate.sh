# Checks the configuration. Sends no requests to Front.
. "${0%/*}/gitlab.sh"

front_contacts validate
front_contacts fmt --check
