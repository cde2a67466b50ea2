#!/usr/bin/env bash
# Proves the platform on containers, from a machine with nothing installed to one on which nothing runs on.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Restarts of the daemon end every container of this machine, so they are tested on a daemon of our own only.
exec test/docker/with-docker.sh \
  bash -c 'DYNOFORM_RESTART_DOCKER=${DYNOFORM_RESTART_DOCKER:-$DYNOFORM_OWN_DOCKER} npm run -s test:docker'
