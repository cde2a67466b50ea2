#!/usr/bin/env bash
# Runs a command with Docker, on a machine with nothing installed or one on which Docker runs already: installs it (Debian,
# as root), starts its daemon, and stops the daemon again. What was there before stays as it was.
#
#   test/docker/with-docker.sh COMMAND...    sees in DYNOFORM_OWN_DOCKER=1 that the daemon is there for it alone
set -euo pipefail
cd "$(dirname "$0")/../.."

export DYNOFORM_OWN_DOCKER=1
if docker version >/dev/null 2>&1; then DYNOFORM_OWN_DOCKER=0; fi

# Also one whose parent has not taken note of it.
ended() { ! kill -0 "$1" 2>/dev/null || [[ $(ps -o stat= -p "$1") == Z* ]]; }

stop_daemon() {
  local pid
  if [ "$DYNOFORM_OWN_DOCKER" = 0 ] || ! pid=$(cat /var/run/docker.pid 2>/dev/null); then return 0; fi
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do
    if ended "$pid"; then return 0; fi
    sleep 0.2
  done
  kill -KILL "$pid"
}
trap stop_daemon EXIT

test/docker/start-docker.sh

# A client without buildx builds nothing by BuildKit; the one that Debian has beside its daemon needs no buildx.
if ! docker buildx version >/dev/null 2>&1 && [ -x /usr/bin/docker ]; then
  mkdir -p .cache/docker-client
  ln -sf /usr/bin/docker .cache/docker-client/docker
  PATH="$PWD/.cache/docker-client:$PATH"
fi
"$@"
