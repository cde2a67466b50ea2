#!/usr/bin/env bash
# Stops what start-emulators.sh started.
set -euo pipefail
cache="$(cd "$(dirname "$0")/../.." && pwd)/.cache/aws"

for name in dynamodb-local moto ministack; do
  pid=$(cat "$cache/$name.pid" 2>/dev/null) || continue
  # The pid may belong to another process by now; ours has this path in its command line.
  if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$cache/"; then kill -- "-$pid" 2>/dev/null || true; fi
  rm -f "$cache/$name.pid"
done
rm -f "$cache/emulators.json"
