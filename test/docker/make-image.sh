#!/usr/bin/env bash
# Makes an image from this machine's own programs, so that no registry is needed: make-image.sh IMAGE PROGRAM...
# Does nothing if the image already exists and was made in the same way.
set -euo pipefail

image=$1
shift
maker=$(cat "$0" - <<<"$*" | sha256sum | cut -c 1-16)
if [ "$(docker image inspect --format '{{.Config.Labels.maker}}' "$image" 2>/dev/null)" = "$maker" ]; then exit 0; fi
echo "Making the image $image ..."

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

# Adds one program with every library that it loads, at the same paths as here.
add_program() {
  local file=$1 real library
  real=$(readlink -f "$file")
  copy "$real"
  if [ "$real" != "/usr$file" ] && [ "$real" != "$file" ]; then
    mkdir -p "$root$(dirname "$file")"
    ln -sfn "$real" "$root$file"
  fi
  { ldd "$real" 2>/dev/null || true; } | { grep -o '/[^ )]*' || true; } | while read -r library; do copy "$library"; done
}

copy() {
  local target=$root$1
  if [ -e "$target" ]; then return 0; fi
  mkdir -p "$(dirname "$target")"
  cp -L "$1" "$target"
}

mkdir -p "$root"/usr/{bin,lib,lib64,sbin,local/bin} "$root"/{etc,tmp,proc,sys,dev,root}
# A temporary directory is closed to other users.
chmod 755 "$root"
chmod 1777 "$root/tmp"
for name in bin lib lib64 sbin; do ln -s "usr/$name" "$root/$name"; done
for program in "$@"; do add_program "$(type -P "$program")"; done
printf 'root:x:0:0::/root:/bin/bash\ndyno:x:1000:1000::/app:/bin/bash\n' >"$root/etc/passwd"
printf 'root:x:0:\ndyno:x:1000:\n' >"$root/etc/group"
tar -C "$root" -c . | docker import --change "LABEL maker=$maker" - "$image" >/dev/null
