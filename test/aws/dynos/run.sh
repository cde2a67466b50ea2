#!/usr/bin/env bash
# Dynos as tasks of an emulated ECS, which runs them as containers, and the services' image. Needs Linux and Python 3.11+; on
# Debian, as root, it installs Docker.
set -euo pipefail
cd "$(dirname "$0")/../../.."

test/aws/install-python.sh
exec test/docker/with-docker.sh npx jest --selectProjects ecs-dynos --runInBand "$@"
