#!/usr/bin/env bash
# Starts the emulators of AWS for the contract tests: AWS's own DynamoDB Local, moto and MiniStack. If they are missing, installs
# them under .cache/aws from PyPI and Maven Central. Needs Python 3.11+, Java 17+ and Maven (as root on Debian it installs
# those too). Writes their addresses to .cache/aws/emulators.json. May be run again at any time.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=$PWD/.cache/aws
python=$cache/python
jars=$cache/dynamodb-local
. test/aws/need.sh
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

install_jars() {
  need 'java -version' openjdk-17-jre-headless
  if cmp -s test/aws/dynamodb-local.pom.xml "$jars/pom.xml"; then return 0; fi
  need 'mvn -version' maven
  echo 'Installing DynamoDB Local ...'
  rm -rf "$jars"
  mvn --quiet --batch-mode -f test/aws/dynamodb-local.pom.xml dependency:copy-dependencies -DoutputDirectory="$jars"
  cp test/aws/dynamodb-local.pom.xml "$jars/pom.xml"
}

free_ports() {
  "$python/bin/python" - <<'PYTHON'
import socket
listeners = [socket.create_server(('127.0.0.1', 0)) for _ in range(3)]
print(*(listener.getsockname()[1] for listener in listeners))
PYTHON
}

# start NAME COMMAND...: in its own session, which outlives this script and holds none of its files.
start() {
  local name=$1
  shift
  setsid "$@" >"$cache/$name.log" 2>&1 </dev/null 9>&- &
  echo $! >"$cache/$name.pid"
}

wait_for() {
  local name=$1 url=$2
  for _ in $(seq 300); do
    if curl --silent --output /dev/null --max-time 2 "$url"; then return 0; fi
    if ! kill -0 "$(cat "$cache/$name.pid")" 2>/dev/null; then break; fi
    sleep 0.2
  done
  echo "$name did not start:" >&2
  tail -n 20 "$cache/$name.log" >&2
  exit 1
}

all_answer() {
  [ -f "$cache/emulators.json" ] || return 1
  local url
  for url in $(grep -o 'http://[^"]*' "$cache/emulators.json"); do
    curl --silent --output /dev/null --max-time 2 "$url" || return 1
  done
}

test/aws/install-python.sh
install_jars
if all_answer; then exit 0; fi
test/aws/stop-emulators.sh
read -r dynamodb moto ministack < <(free_ports)

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
start dynamodb-local java -Xmx512m -cp "$jars/*" -Djava.library.path="$jars" \
  software.amazon.dynamodb.services.local.main.ServerRunner -inMemory -port "$dynamodb" -disableTelemetry
# Certificates are issued after this many seconds instead of moto's sixty.
start moto env MOTO_ACM_VALIDATION_WAIT=1 "$python/bin/moto_server" --host 127.0.0.1 --port "$moto"
start ministack env BIND_HOST=127.0.0.1 GATEWAY_PORT="$ministack" MINISTACK_REGION=us-east-1 "$python/bin/ministack"

wait_for dynamodb-local "http://127.0.0.1:$dynamodb"
wait_for moto "http://127.0.0.1:$moto/moto-api/"
wait_for ministack "http://127.0.0.1:$ministack/_ministack/health"
cat >"$cache/emulators.json" <<JSON
{
  "dynamodbLocal": "http://127.0.0.1:$dynamodb",
  "moto": "http://127.0.0.1:$moto",
  "ministack": "http://127.0.0.1:$ministack"
}
JSON
