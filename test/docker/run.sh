#!/usr/bin/env bash
# Tests the platform on containers. Starts on a machine with nothing installed, and leaves nothing running.
set -euo pipefail
cd "$(dirname "$0")/../.."

# A restart of the daemon ends every container on this machine, so restarts are tested only on our own daemon.
exec test/docker/with-docker.sh \
  bash -c 'DYNOFORM_RESTART_DOCKER=${DYNOFORM_RESTART_DOCKER:-$DYNOFORM_OWN_DOCKER} npm run -s test:docker'
