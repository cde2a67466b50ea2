"""CodeBuild that builds: the project's own buildspec in a container, and "Build State Change" events. EMULATOR_BUILDER_IMAGE stands
for the image that the project names. The container is on this machine's network; images go to the emulator's registry."""

import contextlib
import copy
import json
import os
import threading
import time

import containers
import yaml
from ecs_tasks import in_background
from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import codebuild, eventbridge

TOKENS = {}
LOCK = threading.Lock()


def install():
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
    # MiniStack keeps CloudFormation's spelling of the key.
    spec = yaml.safe_load(source.get('buildspec') or source['BuildSpec'])
    script = '\n'.join(spec['phases']['build']['commands'])
    with contextlib.closing(containers.docker.from_env()) as client:
        container = create(client, project['environment'], script, variables)
        container.start()
        status = container.wait(timeout=None)['StatusCode']
        if status != 0:
            print(container.logs().decode(errors='replace')[-2000:], flush=True)
        container.remove(v=True)
    build.update(
        buildStatus='SUCCEEDED' if status == 0 else 'FAILED',
        currentPhase='COMPLETED',
        buildComplete=True,
        endTime=int(time.time()),
    )
    tell(build, variables)


def create(client, environment, script, variables):
    given = {one['name']: containers.local_image(one['value']) for one in variables}
    trusted = os.environ.get('CURL_CA_BUNDLE')
    return client.containers.create(
        os.environ['EMULATOR_BUILDER_IMAGE'],
        entrypoint=['bash', '-c', script],
        environment={**given, **({'CURL_CA_BUNDLE': trusted} if trusted else {})},
        user='0',
        privileged=bool(environment.get('privilegedMode') or environment.get('PrivilegedMode')),
        labels={'emulator': containers.PORT},
        network_mode='host',
        extra_hosts=names_of_this_machine(),
        volumes=[f'{trusted}:{trusted}:ro'] if trusted else [],
    )


def names_of_this_machine():
    """Those of the emulator's own namespace, which Docker does not see."""
    with open('/etc/hosts', encoding='utf8') as file:
        lines = [line.split('#')[0].split() for line in file]
    return {name: words[0] for words in lines for name in words[1:]}


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
