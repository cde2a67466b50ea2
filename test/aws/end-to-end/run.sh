#!/usr/bin/env bash
# The end-to-end tier: the real app in an emulated AWS account, and the stock Heroku CLI. Needs Python 3.11+ and port 80.
set -euo pipefail
cd "$(dirname "$0")/../../.."

[ -x .cache/aws/python/bin/python ] || { test/aws/start-emulators.sh && test/aws/stop-emulators.sh; }
exec npx jest --selectProjects end-to-end --runInBand "$@"
