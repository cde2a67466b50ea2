#!/usr/bin/env bash
# Makes sure that a Docker daemon answers here and has the image of the Docker tests. Needs no registry: the image is made of
# this machine's own bash and Node.js. May be run again at any time.
#
#   DYNOFORM_TEST_IMAGE    name of the image (default dynoform-test:base)
set -euo pipefail

image=${DYNOFORM_TEST_IMAGE:-dynoform-test:base}
# Kept with the daemon: a daemon that a test starts lives longer than the test.
daemon_log=/var/log/dynoform-dockerd.log

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# True once the daemon with this process id answers, false if it ends first.
wait_for_daemon() {
  for _ in $(seq 300); do
    if answers; then return 0; fi
    if ! kill -0 "$1" 2>/dev/null; then return 1; fi
    sleep 0.2
  done
  return 1
}

install_docker() {
  if command -v dockerd >/dev/null && command -v docker >/dev/null; then return 0; fi
  [ "$(id -u)" = 0 ] || { echo 'Docker is not installed, and installing it takes root.' >&2; exit 1; }
  echo 'Installing docker.io ...'
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io iptables procps >/dev/null
}

start_daemon() {
  local pid
  if answers; then return 0; fi
  # A daemon may be starting, or ending and still holding its files.
  if pid=$(cat /var/run/docker.pid 2>/dev/null) && wait_for_daemon "$pid"; then return 0; fi
  # The pid file of a killed daemon would keep the next one from starting.
  rm -f /var/run/docker.pid
  echo 'Starting dockerd ...'
  if run_daemon; then return 0; fi
  # Where overlay mounts are not allowed (a container without privileges for them), whole copies still work.
  if run_daemon --storage-driver=vfs; then return 0; fi
  echo "dockerd did not start: see $daemon_log" >&2
  tail -n 20 "$daemon_log" >&2
  exit 1
}

run_daemon() {
  setsid dockerd "$@" >"$daemon_log" 2>&1 </dev/null &
  wait_for_daemon $!
}

install_docker
start_daemon
"$(dirname "$0")/make-image.sh" "$image" bash sh node cat cp ls sleep env ps date mkdir rm setsid stty id wc tr head chmod touch yes \
  grep base64 gzip script
