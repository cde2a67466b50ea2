"""ECS tasks with the life that AWS gives them: PROVISIONING, PENDING, RUNNING, STOPPING, STOPPED, each with a version and
an event; tokens whose answers are repeated; host ports; stopTimeout; one machine under all of them."""

import contextlib
import datetime
import json
import os
import threading
import time

import containers
import faults
from ministack.core.responses import get_account_id, get_region, new_uuid, set_request_account_id, set_request_region
from ministack.services import ec2, ecs, eventbridge

INSTANCE_ID = 'i-0123456789abcdef0'
TOKENS = {}
LOCK = threading.Lock()


def install():
    replaced = {
        'RunTask': run_task,
        'StopTask': stop_task,
        'DescribeTasks': describe_tasks,
        'DescribeContainerInstances': describe_container_instances,
    }
    ecs._ACTION_MAP.update(replaced)
    ecs._run_task, ecs._stop_task, ecs._describe_tasks = run_task, stop_task, describe_tasks
    # A task's own thread knows how it ended.
    ecs._maybe_mark_stopped = lambda task: None
    describe_instances = ec2._ACTION_MAP['DescribeInstances']

    def with_machine(params):
        if INSTANCE_ID not in str(params):
            return describe_instances(params)
        machine = f'<instanceId>{INSTANCE_ID}</instanceId><privateIpAddress>{host_address()}</privateIpAddress>'
        instances = f'<instancesSet><item>{machine}</item></instancesSet>'
        return ec2._xml(200, 'DescribeInstancesResponse', f'<reservationSet><item>{instances}</item></reservationSet>')

    ec2._ACTION_MAP['DescribeInstances'] = with_machine


def host_address():
    """Where published ports are reached, by programs of this machine and by other containers."""
    if 'EMULATOR_HOST_ADDRESS' in os.environ:
        return os.environ['EMULATOR_HOST_ADDRESS']
    return containers.gateway(ecs._get_docker())


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3] + 'Z'


def run_task(data):
    cluster = ecs._resolve_cluster_name(data.get('cluster', 'default'))
    if cluster not in ecs._clusters:
        return ecs.error_response_json('ClusterNotFoundException', 'Cluster not found.', 400)
    definition = ecs._task_defs.get(ecs._resolve_td_key(data.get('taskDefinition', '')))
    if not definition:
        return ecs.error_response_json('ClientException', 'TaskDefinition not found.', 400)
    if definition.get('status') == 'INACTIVE':
        return ecs.error_response_json('ClientException', 'TaskDefinition is inactive', 400)
    if len(json.dumps(data.get('overrides') or {}, separators=(',', ':'))) > 8192:
        return ecs.error_response_json('InvalidParameterException', 'Overrides length must be at most 8192.', 400)
    token = data.get('clientToken')
    with LOCK:
        key = (get_account_id(), get_region(), cluster, token)
        known = TOKENS.get(key) if token else None
        if known is not None:
            wanted, answer = known
            if wanted == data:
                return ecs.json_response(answer)
            arns = [task['taskArn'] for task in answer['tasks']]
            body = {'__type': 'ConflictException', 'message': 'The token was used before.', 'resourceIds': arns}
            return 400, {'Content-Type': 'application/x-amz-json-1.1'}, json.dumps(body).encode()
        fault = faults.take('run')
        if fault and fault['kind'] == 'error':
            return ecs.error_response_json(fault['code'], fault['message'], 400)
        if fault and fault['kind'] == 'refuse':
            answer = {'tasks': [], 'failures': [{'arn': machine_arn(cluster), 'reason': fault['reason']}]}
        else:
            answer = launch(data, cluster, definition, fault)
        if token:
            TOKENS[key] = (data, answer)
    return ecs.json_response(answer)


def launch(data, cluster, definition, fault):
    account, region = get_account_id(), get_region()
    overrides = data.get('overrides') or {'containerOverrides': []}
    strategy = data.get('capacityProviderStrategy') or ecs._clusters[cluster].get('defaultCapacityProviderStrategy') or []
    on_machine = definition.get('networkMode') != 'awsvpc'
    answers = []
    for _ in range(data.get('count', 1)):
        arn = f"arn:aws:ecs:{region}:{account}:task/{cluster}/{new_uuid().replace('-', '')}"
        parts = ecs._build_task_containers(definition, overrides.get('containerOverrides', []))
        for part in parts:
            part.update(taskArn=arn, lastStatus='PENDING')
            part.pop('exitCode', None)
        task = {
            'taskArn': arn,
            'clusterArn': ecs._clusters[cluster]['clusterArn'],
            'taskDefinitionArn': definition['taskDefinitionArn'],
            'overrides': overrides,
            'lastStatus': 'PROVISIONING',
            'desiredStatus': 'RUNNING',
            'launchType': 'EC2' if on_machine else 'FARGATE',
            'createdAt': now(),
            'group': data.get('group') or f"family:{definition['family']}",
            'startedBy': data.get('startedBy', ''),
            'version': 1,
            'containers': parts,
            'attachments': [],
            'availabilityZone': f'{region}a',
            'enableExecuteCommand': False,
            'tags': data.get('tags', []),
            'cpu': definition.get('cpu'),
            'memory': definition.get('memory'),
            '_docker_ids': [],
            '_execution_role': definition.get('executionRoleArn') or 'none',
            '_hidden_until': time.time() + (fault or {}).get('seconds', 0),
        }
        if on_machine:
            task['containerInstanceArn'] = machine_arn(cluster)
        if strategy:
            task['capacityProviderName'] = strategy[0]['capacityProvider']
        ecs._tasks[arn] = task
        answers.append(ecs._sanitize(task))
        in_background(live, task, definition, overrides)
    return {'tasks': answers, 'failures': []}


def machine_arn(cluster):
    return f"arn:aws:ecs:{get_region()}:{get_account_id()}:container-instance/{cluster}/{'a' * 32}"


def in_background(work, *arguments):
    account, region = get_account_id(), get_region()

    def run():
        set_request_account_id(account)
        set_request_region(region)
        work(*arguments)

    threading.Thread(target=run, daemon=True).start()


def change(task, **changes):
    """Each change is a version of its own, and an event; what has stopped stays as it is."""
    if task['lastStatus'] == 'STOPPED':
        return
    task.update(changes)
    task['version'] += 1
    task['updatedAt'] = now()
    eventbridge._dispatch_event({
        'EventId': new_uuid(),
        'Source': 'aws.ecs',
        'DetailType': 'ECS Task State Change',
        'Detail': json.dumps(ecs._sanitize(task)),
        'Time': time.time(),
        'Resources': [task['taskArn']],
        'Account': get_account_id(),
        'Region': get_region(),
        'EventBusName': 'default',
    })


def live(task, definition, overrides):
    # A separate client: docker-py keeps 25 connections, each for one whole URL, and closes the oldest while others use it.
    with contextlib.closing(containers.docker.from_env()) as client:
        run(client, task, definition, overrides)


def run(client, task, definition, overrides):
    change(task, lastStatus='PENDING')
    by_name = {one.get('name'): one for one in overrides.get('containerOverrides', [])}
    started = []
    try:
        for part, wanted in zip(task['containers'], definition['containerDefinitions']):
            if (wanted.get('firelensConfiguration')) is not None:
                continue
            started.append((start(client, task, part, wanted, by_name.get(wanted['name'], {})), part, wanted))
    except containers.CannotPull as error:
        failed(client, task, part, f'CannotPullContainerError: {error}')
        return
    except Exception as error:
        failed(client, task, part, f'CannotStartContainerError: {str(error)[:200]}')
        return
    change(task, lastStatus='RUNNING', startedAt=now(), connectivity='CONNECTED', connectivityAt=now())
    if task['desiredStatus'] == 'STOPPED':
        in_background(terminate, task, definition)
    container, part, _ = next(one for one in started if one[2].get('essential', True))
    in_background(watch, task, definition, container)
    status = container.wait(timeout=None)['StatusCode']
    container.reload()
    part.update(exitCode=status, lastStatus='STOPPED')
    if container.attrs['State'].get('OOMKilled'):
        part['reason'] = 'OutOfMemoryError: Container killed due to memory usage'
    if task['desiredStatus'] != 'STOPPED':
        task.update(stopCode='EssentialContainerExited', stoppedReason='Essential container in task exited')
    change(task, lastStatus='DEPROVISIONING', desiredStatus='STOPPED', executionStoppedAt=now())
    change(task, lastStatus='STOPPED', stoppedAt=now())
    for other, _, _ in started:
        other.remove(force=True, v=True)


def start(client, task, part, wanted, override):
    fault = faults.take('launch', task['taskArn'])
    if fault and fault['kind'] == 'cannot-pull':
        raise containers.CannotPull('manifest unknown')
    containers.pull(client, containers.local_image(wanted['image']))
    environment = containers.environment_of(wanted, override, task['_execution_role'])
    # Not MiniStack's own label: each MiniStack that starts or ends removes everything with it, whoever made it.
    labels = {'emulator': containers.PORT, 'com.amazonaws.ecs.task-arn': task['taskArn']}
    name = f"ministack-ecs-{task['taskArn'][-12:]}-{wanted['name']}"
    container = containers.create(client, wanted, override, environment, name, labels)
    task['_docker_ids'].append(container.id)
    container.start()
    container.reload()
    part.update(runtimeId=container.id, lastStatus='RUNNING', networkBindings=containers.bindings(container))
    if 'containerInstanceArn' not in task:
        part['networkInterfaces'] = [{'privateIpv4Address': container.attrs['NetworkSettings']['IPAddress']}]
    return container


def failed(client, task, part, reason):
    part.update(lastStatus='STOPPED', reason=reason)
    for docker_id in task['_docker_ids']:
        client.containers.get(docker_id).remove(force=True, v=True)
    change(task, lastStatus='STOPPED', desiredStatus='STOPPED', stopCode='TaskFailedToStart', stoppedReason=reason, stoppedAt=now())


def watch(task, definition, container):
    """Faults of the machine under a task that runs."""
    while task['lastStatus'] == 'RUNNING' and task['desiredStatus'] == 'RUNNING':
        fault = faults.take('live', task['taskArn'])
        if fault:
            code = 'SpotInterruption' if fault['kind'] == 'spot' else 'TerminationNotice'
            reason = 'Your Spot Task was interrupted.' if fault['kind'] == 'spot' else 'The machine is to be replaced.'
            ask_to_stop(task, definition, code, reason)
            return
        time.sleep(0.5)


def stop_task(data):
    cluster = ecs._resolve_cluster_name(data.get('cluster', 'default'))
    task = ecs._resolve_task(data.get('task', ''), cluster)
    if not task:
        return ecs.error_response_json('InvalidParameterException', 'The referenced task was not found.', 400)
    with LOCK:
        if task['lastStatus'] != 'STOPPED' and task['desiredStatus'] != 'STOPPED':
            definition = ecs._task_defs.get(ecs._resolve_td_key(task['taskDefinitionArn'])) or {}
            ask_to_stop(task, definition, 'UserInitiated', data.get('reason') or 'Task stopped by user')
    return ecs.json_response({'task': ecs._sanitize(task)})


def ask_to_stop(task, definition, code, reason):
    was_running = task['lastStatus'] == 'RUNNING'
    changes = {'desiredStatus': 'STOPPED', 'stoppingAt': now(), 'stopCode': code, 'stoppedReason': reason}
    change(task, **changes, **({'lastStatus': 'STOPPING'} if was_running else {}))
    if was_running:
        in_background(terminate, task, definition)


def terminate(task, definition):
    wanted = definition.get('containerDefinitions') or [{}]
    for index, docker_id in enumerate(task['_docker_ids']):
        grace = wanted[min(index, len(wanted) - 1)].get('stopTimeout', 30)
        with contextlib.closing(containers.docker.from_env(timeout=grace + 30)) as client:
            with contextlib.suppress(containers.docker.errors.NotFound):
                client.containers.get(docker_id).stop(timeout=grace)


def describe_tasks(data):
    cluster = ecs._resolve_cluster_name(data.get('cluster', 'default'))
    tasks, failures = [], []
    for ref in data.get('tasks', []):
        task = ecs._resolve_task(ref, cluster)
        if task is None or task.get('_hidden_until', 0) > time.time():
            failures.append({'arn': ref, 'reason': 'MISSING'})
        else:
            tasks.append(ecs._sanitize(task))
    return ecs.json_response({'tasks': tasks, 'failures': failures})


def describe_container_instances(data):
    instances = [
        {'containerInstanceArn': arn, 'ec2InstanceId': INSTANCE_ID, 'status': 'ACTIVE', 'agentConnected': True, 'version': 1}
        for arn in data.get('containerInstances', [])
    ]
    return ecs.json_response({'containerInstances': instances, 'failures': []})


def remove_containers():
    """What still runs when the emulator ends."""
    client = ecs._get_docker()
    if client is None:
        return
    for container in client.containers.list(all=True, filters={'label': f'emulator={containers.PORT}'}):
        # Its own thread is removing a task that has just ended.
        with contextlib.suppress(containers.docker.errors.APIError):
            container.remove(force=True, v=True)
