#!/usr/bin/env bash
# cfn-lint on every template: names, types, enumerations and required properties, by CloudFormation's own resource schemas.
# The shipped templates are made like `cdk deploy` makes them, with bundled functions; the other profiles like the tests do.
# Needs Python 3 with venv, and PyPI.
set -euo pipefail
cd "$(dirname "$0")/../.."

test/aws/install-python.sh

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export CDK_DISABLE_CLI_TELEMETRY=1 CDK_VALIDATION=true
npx cdk synth --quiet --no-notices --output "$out/shipped"
node --import tsx test/infrastructure/synthesize.ts "$out/stages"

# W3005: a DependsOn in addition to a Ref, which the CDK writes on purpose.
find "$out" -name '*.template.json' -print0 | xargs -0 .cache/aws/python/bin/cfn-lint --ignore-checks W3005 --
echo "$(find "$out" -name '*.template.json' | wc -l) templates are clean"
