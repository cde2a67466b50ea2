#!/usr/bin/env bash
# Runs a command with Docker, on a machine with nothing installed or with Docker already running: installs it (Debian, as
# root), starts its daemon, and stops the daemon again. Leaves what was there before unchanged.
#
#   test/docker/with-docker.sh COMMAND...    DYNOFORM_OWN_DOCKER=1 shows COMMAND that the daemon is its own
set -euo pipefail
cd "$(dirname "$0")/../.."

export DYNOFORM_OWN_DOCKER=1
if docker version >/dev/null 2>&1; then DYNOFORM_OWN_DOCKER=0; fi

# Also true for a zombie whose parent has not reaped it.
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

# A client without buildx cannot build with BuildKit; Debian's client, installed with its daemon, needs no buildx.
if ! docker buildx version >/dev/null 2>&1 && [ -x /usr/bin/docker ]; then
  mkdir -p .cache/docker-client
  ln -sf /usr/bin/docker .cache/docker-client/docker
  PATH="$PWD/.cache/docker-client:$PATH"
fi
"$@"
