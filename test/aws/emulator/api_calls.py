"""Which operation an HTTP request to AWS is, and its parameters, by the models that the SDKs are made from."""

import json
import re
import urllib.parse

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model

# Names in signatures that differ from the models'.
MODELS = {'elasticloadbalancing': 'elbv2'}
HIDDEN = {'SecretString', 'SecretBinary', 'MessageBody', 'Detail', 'Plaintext', 'CiphertextBlob', 'command'}
HIDDEN_VALUES = {'environment', 'environmentVariablesOverride'}
ITEMS = {'Item', 'Key', 'ExclusiveStartKey', 'ExpressionAttributeValues'}


def signature(headers, query):
    """Access key and service of a signed request or URL; None of another."""
    found = re.search(r'Credential=([^/,]+)/\d+/[^/]+/([^/]+)/aws4_request', headers.get('authorization', ''))
    if found:
        return found.group(1), found.group(2)
    parts = query.get('X-Amz-Credential', [''])[0].split('/')
    return (parts[0], parts[3]) if len(parts) == 5 else None


def api_call(service, method, path, query, headers, body):
    """Operation and parameters, without what is secret."""
    name = MODELS.get(service, service)
    model = get_service_model(name)
    target = headers.get('x-amz-target')
    if target:
        # Without a parser: parsers drop unknown members, which this must find.
        return target.rsplit('.', 1)[1], without_secrets(service, json.loads(body or b'{}'))
    url = f"http://{headers.get('host', 'localhost')}{urllib.parse.quote(path)}?{query}"
    sent = {key: value for key, value in headers.items() if key != 'content-length'}
    request = Request.from_primitives(method, url, sent, body)
    matched, url_params = get_service_router(name).match(request)
    parser = PROTOCOL_PARSERS[determine_request_protocol(model, request.content_type)](matched)
    parameters = parser.parse({
        'method': method,
        'values': request.values,
        'headers': request.headers,
        'body': body,
        'url_path': path,
        'url_params': url_params,
    })
    if model.protocol in ('query', 'ec2') and leaves(parameters) != len(request.values) - len(('Action', 'Version')):
        raise ValueError(f'{matched.name} has parameters that its model does not know')
    return matched.name, without_secrets(service, parameters)


def leaves(value):
    if isinstance(value, dict):
        return sum(leaves(inner) for inner in value.values())
    return sum(leaves(inner) for inner in value) if isinstance(value, list) else 1


def without_secrets(service, value):
    """Values keep their length, which the models limit."""
    if isinstance(value, dict):
        return {key: hidden_if_secret(service, key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_secrets(service, inner) for inner in value]
    if isinstance(value, bytes):
        return hidden(value)
    return value


def hidden_if_secret(service, key, value):
    if key in HIDDEN or (service == 'dynamodb' and key in ITEMS):
        return hidden(value)
    if key in HIDDEN_VALUES and isinstance(value, list):
        return [{**one, 'value': hidden(one.get('value'))} for one in value]
    return without_secrets(service, value)


def hidden(value):
    if isinstance(value, dict):
        return {key: hidden(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [hidden(inner) for inner in value]
    return 'x' * len(value) if isinstance(value, (str, bytes)) else value
