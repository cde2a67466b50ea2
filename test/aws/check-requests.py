"""Every recorded request against AWS's own model of its operation: members, types, required ones, lengths, ranges, enumerations
and patterns. The emulator and moto take much that AWS refuses.

  .cache/aws/python/bin/python test/aws/check-requests.py DIRECTORY"""

import collections
import json
import pathlib
import re
import sys

import botocore.session
from botocore.validate import ParamValidator

# Names in signatures that differ from the models'.
MODELS = {'elasticloadbalancing': 'elbv2'}
SESSION = botocore.session.get_session()
VALIDATOR = ParamValidator()


def problems(call):
    if 'problem' in call:
        return [f"{call['service']}: {call['problem']}"]
    service, name, parameters = call['service'], call['operation'], call['parameters']
    model = SESSION.get_service_model(MODELS.get(service, service))
    shape = model.operation_model(name).input_shape
    if shape is None:
        return [f'{service}.{name} takes no parameters'] if parameters else []
    found = VALIDATOR.validate(parameters, shape)
    told = found.generate_report().splitlines() if found.has_errors() else []
    return [f'{service}.{name}: {one}' for one in [*told, *walk(parameters, shape, '')]]


def walk(value, shape, where):
    """What botocore leaves to the service."""
    if shape.type_name == 'structure' and isinstance(value, dict):
        for name in set(value) & set(shape.members):
            yield from walk(value[name], shape.members[name], f'{where}.{name}')
    elif shape.type_name == 'list' and isinstance(value, list):
        yield from length(value, shape, where)
        for one in value:
            yield from walk(one, shape.member, f'{where}[]')
    elif shape.type_name == 'map' and isinstance(value, dict):
        yield from length(value, shape, where)
        for key, one in value.items():
            yield from walk(key, shape.key, f'{where}<key>')
            yield from walk(one, shape.value, f'{where}<value>')
    elif shape.type_name == 'string' and isinstance(value, str):
        yield from text(value, shape, where)
    elif shape.type_name in ('integer', 'long') and isinstance(value, int):
        if value > shape.metadata.get('max', value):
            yield f'{where} is more than {shape.metadata["max"]}'


def length(value, shape, where):
    if len(value) > shape.metadata.get('max', len(value)):
        yield f'{where} has more than {shape.metadata["max"]}'


def text(value, shape, where):
    yield from length(value, shape, where)
    if shape.enum and value not in shape.enum:
        yield f'{where} is {value!r}, which is none of {", ".join(shape.enum)}'
    pattern = shape.metadata.get('pattern')
    # Of hidden values only the length is known.
    if pattern and not re.fullmatch('x*', value) and not matches(pattern, value):
        yield f'{where} is {value!r}, which is not {pattern}'


def matches(pattern, value):
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error:
        # Written for Java's regular expressions, which have more features.
        return True


def main(directory):
    counts, found = collections.Counter(), collections.Counter()
    for path in sorted(pathlib.Path(directory).glob('*.calls.jsonl')):
        with open(path, encoding='utf8') as file:
            for line in file:
                call = json.loads(line)
                counts[f"{call['service']}.{call.get('operation')}"] += 1
                found.update(problems(call))
    if not counts:
        sys.exit(f'no calls are recorded in {directory}')
    for problem, count in sorted(found.items()):
        print(f'{problem} ({count} times)')
    if found:
        sys.exit(1)
    print(f'{counts.total()} requests of {len(counts)} operations are as the models of AWS want them', file=sys.stderr)


main(sys.argv[1])
