#!/usr/bin/env bash
# Runs a command with another Node.js than this machine's: `test/with-node.sh 24 npm test`. npm's registry has it; installed once.
set -euo pipefail
major=$1
shift
case "$(uname -m)" in x86_64 | amd64) cpu=x64 ;; aarch64 | arm64) cpu=arm64 ;; *) echo "no Node.js for $(uname -m)" >&2 && exit 1 ;; esac
package="node-$(uname -s | tr '[:upper:]' '[:lower:]')-$cpu"
directory="$(cd "$(dirname "$0")/.." && pwd)/.cache/node-$major"
bin="$directory/node_modules/$package/bin"
[ -x "$bin/node" ] || npm install --silent --no-save --no-package-lock --ignore-scripts --prefix "$directory" "$package@$major" >&2
PATH="$bin:$PATH"
echo "Node.js $(node --version)" >&2
exec "$@"
