"""Starts MiniStack with what a platform of dynos needs and MiniStack lacks; see README.md. The version is pinned, since
this replaces internals of it."""

import sys

import addresses
import change_sets
import missing_types
import code_build
import ecs_tasks
import instance_types
import lambda_functions
import listener_certificates
import queue_messages
import recording
import stack_deletion
import request_bodies
from ministack.app import main

missing_types.install()
ecs_tasks.install()
lambda_functions.install()
addresses.install()
change_sets.install()
code_build.install()
stack_deletion.install()
instance_types.install()
listener_certificates.install()
queue_messages.install()
request_bodies.install()
stop_recording = recording.install()
sys.argv = ['ministack']
try:
    main()
finally:
    stop_recording()
    ecs_tasks.remove_containers()
