#!/bin/sh
# The general tests, with eight times the cases of `npm test`, and kills at every moment instead of some. The cases are new each
# time; FAST_CHECK_SEED=NUMBER repeats those that failed.
set -eu
cd "$(dirname "$0")/.."
export PROPERTY_EFFORT="${PROPERTY_EFFORT:-8}"
export FAST_CHECK_SEED="${FAST_CHECK_SEED:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}"
echo "FAST_CHECK_SEED=$FAST_CHECK_SEED"
GENERAL="from '(fast-check|.*/kill-points\.ts)'"
# The adapters' tests run the contracts.
FILES=$(grep -rlE "$GENERAL" --include='*.test.ts' test/adapters test/api test/contract/*.test.ts test/core test/services)
CONTRACTS=$(grep -lE "$GENERAL" test/contract/*.contract.ts | sed 's/.*\//\//; s/\.ts$//' | paste -sd '|')
# shellcheck disable=SC2086
exec npx jest --selectProjects unit --testTimeout 900000 --runTestsByPath $FILES $(grep -lE "$CONTRACTS" test/contract/*.test.ts)
