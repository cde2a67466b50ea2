#!/bin/sh
# What `cdk deploy` calls as docker (CDK_DOCKER) where the services' image cannot be built for want of its base image: every
# step succeeds, and the registry stays empty. The services then run as processes.
exit 0
