# For scripts: need TEST PACKAGE installs Debian's package unless the test succeeds.
need() {
  if eval "$1" >/dev/null 2>&1; then return 0; fi
  [ "$(id -u)" = 0 ] || { echo "The emulators need $2." >&2; exit 1; }
  echo "Installing $2 ..."
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}
