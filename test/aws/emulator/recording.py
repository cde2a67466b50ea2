"""Every call that a role of the account makes, in the directory that EMULATOR_RECORDING names: one line of JSON for each in
`<port>.calls.jsonl`, with what IAM would be asked for it, and the deployed stacks in `<port>.account.json`. Who calls is told by
the access key: functions, services and the ECS agent sign with the name of their role. Calls of others are not kept."""

import json
import os
import queue
import threading
import urllib.parse

import ministack.app
from api_calls import api_call, signature
from iam_calls import Call, asked
from ministack.services import iam, secretsmanager
from ministack.services.cloudformation import _stacks

DIRECTORY = os.environ.get('EMULATOR_RECORDING')
PATH = f"{DIRECTORY}/{os.environ.get('GATEWAY_PORT', '4566')}"
# Only objects are longer, which no check reads.
BODY_BYTES_MAX = 1024 * 1024
STACKS = {}


class Recording:
    def __init__(self):
        os.makedirs(DIRECTORY, exist_ok=True)
        self.requests = queue.SimpleQueue()
        self.writer = threading.Thread(target=self.write, daemon=True)
        self.writer.start()

    def write(self):
        with open(f'{PATH}.calls.jsonl', 'w', encoding='utf8') as file:
            for request in iter(self.requests.get, None):
                file.write(json.dumps(line(*request), default=str) + '\n')

    def close(self):
        self.requests.put(None)
        self.writer.join()
        keep_stacks()
        with open(f'{PATH}.account.json', 'w', encoding='utf8') as file:
            json.dump(list(kept_stacks()), file)


def line(role, service, method, path, query, headers, body, status):
    kept = {'role': role, 'service': service, 'status': status}
    try:
        operation, parameters = api_call(service, method, path, query, headers, body)
        kept.update(operation=operation, parameters=parameters)
        return {**kept, 'asked': asked(Call(service, operation, parameters, status))}
    except Exception as error:
        # The check of the recording reports it.
        return {**kept, 'problem': f'{method} {path}: {error!r}'}


def keep_stacks():
    for name, stack in _stacks.items():
        # Not while it is being created or deleted.
        if stack.get('StackStatus') in ('CREATE_COMPLETE', 'UPDATE_COMPLETE'):
            STACKS[name] = stack['_template_body'], dict(stack['_resources'])


def kept_stacks():
    for name, (body, resources) in STACKS.items():
        # The CDK's own template is YAML, and none of its roles is ours.
        if body.startswith('{'):
            yield {
                'name': name,
                'template': json.loads(body),
                'resources': {
                    logical_id: {'type': one.get('ResourceType', ''), 'physicalId': physical_id(one)}
                    for logical_id, one in resources.items()
                },
            }


def physical_id(resource):
    name = resource.get('PhysicalResourceId', '')
    # AWS identifies a secret by its ARN.
    return secretsmanager._secrets.get(name, {}).get('ARN', name)


def install():
    if DIRECTORY is None:
        return lambda: None
    recording = Recording()
    app = ministack.app.app

    async def recorded(scope, receive, send):
        if scope['type'] != 'http':
            return await app(scope, receive, send)
        headers = {name.decode('latin-1').lower(): value.decode('latin-1') for name, value in scope.get('headers', [])}
        query = scope.get('query_string', b'').decode()
        caller = signature(headers, urllib.parse.parse_qs(query))
        if caller is not None and caller[1] == 'cloudformation':
            # Before any of them may be deleted.
            keep_stacks()
        if caller is None or caller[0] not in iam._roles:
            return await app(scope, receive, send)
        body = bytearray()
        statuses = []

        async def kept_receive():
            message = await receive()
            if len(body) < BODY_BYTES_MAX:
                body.extend(message.get('body', b''))
            return message

        async def kept_send(message):
            if message['type'] == 'http.response.start':
                statuses.append(message['status'])
            await send(message)

        try:
            return await app(scope, kept_receive, kept_send)
        finally:
            role, service = caller
            if statuses:
                recording.requests.put(
                    (role, service, scope['method'], scope['path'], query, headers, bytes(body), statuses[0])
                )

    ministack.app.app = recorded
    return recording.close
