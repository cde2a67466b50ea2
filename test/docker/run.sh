#!/usr/bin/env bash
# Proves the platform on containers, from a machine with nothing installed to one on which nothing runs on: installs Docker
# (Debian, as root), starts its daemon, tests, and stops the daemon again. What was there before stays as it was.
set -euo pipefail
cd "$(dirname "$0")/../.."

own_daemon=1
if docker version >/dev/null 2>&1; then own_daemon=0; fi

stop_daemon() {
  local pid
  if [ "$own_daemon" = 0 ] || ! pid=$(cat /var/run/docker.pid 2>/dev/null); then return 0; fi
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do
    if ! kill -0 "$pid" 2>/dev/null; then return 0; fi
    sleep 0.2
  done
  kill -KILL "$pid"
}
trap stop_daemon EXIT

test/docker/start-docker.sh
# Restarts of the daemon end every container of this machine, so they are tested on a daemon of our own only.
DYNOFORM_RESTART_DOCKER=${DYNOFORM_RESTART_DOCKER:-$own_daemon} npm run -s test:docker
