# Checks the configuration. Sends no requests to Front.
. "${0%/*}/gitlab.sh"

front_contacts validate
front_contacts fmt --check || {
  code=$?
  [ "$code" != 3 ] || echo "Files are not formatted. Run 'front-contacts fmt$directory_option'."
  exit "$code"
}
