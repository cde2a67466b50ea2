#!/usr/bin/env bash
# The end-to-end tier: the real app in an emulated AWS account, dynos as containers, and the stock Heroku CLI. Needs Linux,
# Python 3.11+, root, and the ports 80 and 443; on Debian it installs Docker.
set -euo pipefail
cd "$(dirname "$0")/../../.."

test/aws/install-python.sh

export EMULATOR_RECORDING=$PWD/.cache/aws/recording
rm -rf "$EMULATOR_RECORDING"

# The installation's names resolve to here, for these processes only.
hosts=$(mktemp)
trap 'rm -f "$hosts"' EXIT
{ cat /etc/hosts; echo '127.0.0.1 api.dynoform.test services.dynoform.test verify.dynoform.test'; } >"$hosts"
# The services need it too, and run as another user.
chmod 644 "$hosts"
test/docker/with-docker.sh unshare --mount bash -c 'mount --bind "$0" /etc/hosts && exec npx jest --selectProjects end-to-end --runInBand "$@"' \
  "$hosts" "$@"

# A partial session does not do everything that the check expects.
[ $# = 0 ] || exit 0
# What the session made functions and services ask of AWS, checked by AWS's models of its APIs and by the deployed policies.
.cache/aws/python/bin/python test/aws/check-requests.py "$EMULATOR_RECORDING"
npx jest --selectProjects recorded
