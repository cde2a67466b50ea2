"""CodeBuild that builds: the project's own buildspec as a process of this machine, with the tools of EMULATOR_BUILD_TOOLS on its
path, and "Build State Change" events. Images go to the emulator's registry. Without EMULATOR_BUILD_TOOLS: as MiniStack does it."""

import copy
import json
import os
import subprocess
import threading
import time

import containers
import yaml
from ecs_tasks import in_background
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import codebuild, eventbridge

TOOLS = os.environ.get('EMULATOR_BUILD_TOOLS')
TOKENS = {}
LOCK = threading.Lock()


def install():
    if TOOLS is not None:
        codebuild._start_build = start_build


def start_build(data):
    project = codebuild._projects.get(data.get('projectName', ''))
    if project is None:
        return codebuild.error_response_json('ResourceNotFoundException', 'Project not found', 400)
    with LOCK:
        token = data.get('idempotencyToken')
        build = TOKENS.get(token) if token else None
        if build is None:
            build = codebuild._make_build_record(project, codebuild._build_id(project['name']), None)
            build.pop('endTime', None)
            build.update(buildStatus='IN_PROGRESS', currentPhase='SUBMITTED', buildComplete=False)
            codebuild._builds[build['id']] = build
            if token:
                TOKENS[token] = build
            in_background(run, build, project, data.get('environmentVariablesOverride') or [])
    return codebuild.json_response({'build': copy.deepcopy(build)})


def run(build, project, variables):
    tell(build, variables)
    source = project['source']
    # MiniStack keeps what CloudFormation gives as it is written there.
    spec = yaml.safe_load(source.get('buildspec') or source['BuildSpec'])
    script = '\n'.join(spec['phases']['build']['commands'])
    given = {one['name']: containers.local_image(one['value']) for one in variables}
    environment = {
        'PATH': f"{TOOLS}:{os.environ['PATH']}",
        'TMPDIR': os.environ.get('TMPDIR', '/tmp'),
        'CNB_USER_ID': str(os.getuid()),
        'CNB_GROUP_ID': str(os.getgid()),
        **{name: os.environ[name] for name in ['CURL_CA_BUNDLE'] if name in os.environ},
        **given,
    }
    status = subprocess.run(['bash', '-c', script], env=environment, stdin=subprocess.DEVNULL).returncode
    build.update(
        buildStatus='SUCCEEDED' if status == 0 else 'FAILED',
        currentPhase='COMPLETED',
        buildComplete=True,
        endTime=int(time.time()),
    )
    tell(build, variables)


def tell(build, variables):
    detail = {
        'build-status': build['buildStatus'],
        'project-name': build['projectName'],
        'build-id': build['arn'],
        'current-phase': build['currentPhase'],
        'additional-information': {'environment': {'environment-variables': variables}},
    }
    eventbridge._dispatch_event({
        'EventId': new_uuid(),
        'Source': 'aws.codebuild',
        'DetailType': 'CodeBuild Build State Change',
        'Detail': json.dumps(detail),
        'Time': time.time(),
        'Resources': [build['arn']],
        'Account': get_account_id(),
        'Region': get_region(),
        'EventBusName': 'default',
    })
