#!/usr/bin/env bash
# Installs one version of the official Heroku CLI, the unmodified package from the npm registry, unless it is there:
# install-heroku-cli.sh VERSION DIRECTORY. May be run several times at once.
set -euo pipefail

version=$1 directory=$2
mkdir -p "$directory"
exec 9>"$directory/lock"
flock 9
if [ -e "$directory/complete" ]; then exit 0; fi
npm install --prefix "$directory" --silent --ignore-scripts --no-audit --no-fund "heroku@$version" >/dev/null
touch "$directory/complete"
