"""A container of a task definition, as the ECS agent would have Docker make it."""

import ipaddress
import os
import re
import urllib.parse
import urllib.request

import docker
from ministack.core.responses import get_region
from ministack.services import ecs, servicediscovery

PORT = os.environ.get('GATEWAY_PORT', '4566')
ECR_HOST = re.compile(r'^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?/')


class CannotPull(Exception):
    pass


def local_image(image):
    """The emulator's own registry stands for the account's, whose name resolves nowhere."""
    return ECR_HOST.sub(f'localhost:{PORT}/', image)


def pull(client, image):
    try:
        client.images.get(image)
        return
    except docker.errors.ImageNotFound:
        pass
    try:
        client.images.pull(image)
    except docker.errors.APIError as error:
        raise CannotPull(str(error.explanation or error)[:200]) from error


def environment_file(arn, role):
    """The agent fetches the object with the execution role and reads one variable per line."""
    bucket, key = arn.split(':::', 1)[1].split('/', 1)
    url = f'http://127.0.0.1:{PORT}/{bucket}/{urllib.parse.quote(key)}'
    scope = f"{role.rsplit('/', 1)[-1]}/20260101/{get_region()}/s3/aws4_request"
    signed = {'authorization': f'AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0'}
    with urllib.request.urlopen(urllib.request.Request(url, headers=signed), timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    too_long = [line for line in lines if len(line) > 32 * 1024]
    if too_long:
        raise ValueError('ResourceInitializationError: a line of the environment file is longer than 32 KB')
    return dict(line.split('=', 1) for line in lines if '=' in line and not line.startswith('#'))


def environment_of(definition, override, role):
    values = {}
    for file in override.get('environmentFiles') or definition.get('environmentFiles') or []:
        values.update(environment_file(file['value'], role))
    values.update({one['name']: one['value'] for one in definition.get('environment', [])})
    values.update(ecs._resolve_container_secrets(definition))
    values.update({one['name']: one['value'] for one in override.get('environment', [])})
    return values


def gateway(client):
    """This machine, as containers and Docker reach it."""
    config = client.networks.get('bridge').attrs['IPAM']['Config'][0]
    # A daemon that has just created its bridge names no gateway until its next start. It takes the first address.
    return config.get('Gateway') or str(ipaddress.ip_network(config['Subnet'])[1])


def cloud_map_names():
    """Names inside the VPC, of services that run on this machine and that no name server here knows."""
    namespaces = {namespace['Id']: namespace['Name'] for namespace in servicediscovery._namespaces.values()}
    return [
        f"{service['Name']}.{namespaces[service['NamespaceId']]}"
        for service in servicediscovery._services.values()
        if service.get('NamespaceId') in namespaces
    ]


def log_config(client, definition):
    """Docker's own drivers are passed through; what only ECS has is left to Docker's default."""
    wanted = definition.get('logConfiguration') or {}
    if wanted.get('logDriver') != 'fluentd':
        return None
    options = dict(wanted.get('options', {}))
    for name in cloud_map_names():
        options['fluentd-address'] = options.get('fluentd-address', '').replace(f'//{name}:', f'//{gateway(client)}:')
    return docker.types.LogConfig(type='fluentd', config=options)


def create(client, definition, override, environment, name, labels):
    linux = definition.get('linuxParameters') or {}
    memory = override.get('memory') or definition.get('memory')
    reservation = override.get('memoryReservation') or definition.get('memoryReservation')
    capabilities = linux.get('capabilities') or {}
    ports = {
        f"{port['containerPort']}/{port.get('protocol', 'tcp')}": port.get('hostPort') or None
        for port in definition.get('portMappings', [])
    }
    return client.containers.create(
        local_image(definition['image']),
        entrypoint=definition.get('entryPoint'),
        command=override.get('command') or definition.get('command'),
        environment=environment,
        name=name,
        labels=labels,
        ports=ports,
        user=definition.get('user'),
        init=bool(linux.get('initProcessEnabled')),
        read_only=bool(definition.get('readonlyRootFilesystem')),
        privileged=bool(definition.get('privileged')),
        cap_add=capabilities.get('add'),
        cap_drop=capabilities.get('drop'),
        security_opt=definition.get('dockerSecurityOptions'),
        ulimits=[
            docker.types.Ulimit(name=one['name'], soft=one['softLimit'], hard=one['hardLimit'])
            for one in definition.get('ulimits', [])
        ],
        mem_limit=f'{memory}m' if memory else None,
        memswap_limit=f'{memory}m' if memory and linux.get('maxSwap') == 0 else None,
        mem_reservation=f'{reservation}m' if reservation else None,
        cpu_shares=override.get('cpu') or definition.get('cpu') or None,
        log_config=log_config(client, definition),
        extra_hosts={name: gateway(client) for name in ['host.docker.internal', *cloud_map_names()]},
    )


def bindings(container):
    published = container.attrs['NetworkSettings']['Ports'] or {}
    return [
        {
            'bindIP': one['HostIp'],
            'containerPort': int(port.split('/')[0]),
            'hostPort': int(one['HostPort']),
            'protocol': port.split('/')[1],
        }
        for port, hosts in published.items()
        for one in hosts or []
        if ':' not in one['HostIp']
    ]
