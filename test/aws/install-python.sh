#!/usr/bin/env bash
# Installs moto, MiniStack and cfn-lint under .cache/aws from PyPI, unless they are there. Needs Python 3.11+ (as root on Debian it
# installs what is missing of it).
set -euo pipefail
cd "$(dirname "$0")/../.."
. test/aws/need.sh

python=$PWD/.cache/aws/python
mkdir -p "$(dirname "$python")"
exec 8>"$python.lock"
flock 8

# The copy marks a complete installation of this version.
if cmp -s test/aws/requirements.txt "$python/requirements.txt"; then exit 0; fi
need 'python3 -m venv --help && python3 -c "import ensurepip"' python3-venv
echo 'Installing moto, MiniStack and cfn-lint ...'
rm -rf "$python"
python3 -m venv "$python"
"$python/bin/pip" install --quiet --disable-pip-version-check -r test/aws/requirements.txt
cp test/aws/requirements.txt "$python/requirements.txt"
