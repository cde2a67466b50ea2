"""CloudFormation types that MiniStack 1.4.21 does not have: a deploy would stop at the first of them."""

import asyncio
import contextvars
import json
import threading

from ministack.core.responses import new_uuid
from ministack.services import ecs, servicediscovery
from ministack.services.cloudformation import provisioners


def install():
    handlers = provisioners._RESOURCE_HANDLERS
    handlers.setdefault('AWS::ECS::CapacityProvider', {
        'create': create_capacity_provider,
        'delete': lambda physical_id, props: ecs._capacity_providers.pop(physical_id, None),
    })
    handlers.setdefault('AWS::ECS::ClusterCapacityProviderAssociations', {
        'create': associate_capacity_providers,
        'delete': lambda physical_id, props: None,
    })
    handlers.setdefault('AWS::ServiceDiscovery::PrivateDnsNamespace', {
        'create': create_namespace,
        'delete': lambda physical_id, props: servicediscovery._namespaces.pop(physical_id, None),
    })
    handlers.setdefault('AWS::ServiceDiscovery::Service', {
        'create': create_discovery_service,
        'delete': lambda physical_id, props: servicediscovery._services.pop(physical_id, None),
    })
    for kind in ('SecurityGroupIngress', 'SecurityGroupEgress', 'EIP', 'NatGateway'):
        handlers.setdefault(f'AWS::EC2::{kind}', {'create': named(kind), 'delete': lambda physical_id, props: None})
    for kind in ('DomainName', 'ApiMapping'):
        handlers.setdefault(f'AWS::ApiGatewayV2::{kind}', {'create': named(kind), 'delete': lambda physical_id, props: None})


def named(kind):
    """A resource that nothing here ever asks for, except by its name."""

    def create(logical_id, props, stack):
        suffix = new_uuid()[:8]
        return f'{kind.lower()}-{suffix}', {'AllocationId': f'eipalloc-{suffix}', 'NatGatewayId': f'nat-{suffix}'}

    return create


def create_capacity_provider(logical_id, props, stack):
    name = props.get('Name') or provisioners._physical_name(stack, logical_id)
    group = camel_case(props.get('AutoScalingGroupProvider', {}))
    checked(ecs._create_capacity_provider({'name': name, 'autoScalingGroupProvider': group}))
    return name, {}


def associate_capacity_providers(logical_id, props, stack):
    checked(ecs._put_cluster_capacity_providers({
        'cluster': props['Cluster'],
        'capacityProviders': props.get('CapacityProviders', []),
        'defaultCapacityProviderStrategy': camel_case(props.get('DefaultCapacityProviderStrategy', [])),
    }))
    return props['Cluster'], {}


def create_namespace(logical_id, props, stack):
    finished(servicediscovery._create_namespace({
        'Name': props['Name'],
        'Type': 'DNS_PRIVATE',
        'Vpc': props.get('Vpc'),
        'CreatorRequestId': new_uuid(),
    }))
    namespaces = servicediscovery._namespaces.items()
    namespace_id, namespace = next((key, value) for key, value in namespaces if value.get('Name') == props['Name'])
    return namespace_id, {'Id': namespace_id, 'Arn': namespace.get('Arn', ''), 'HostedZoneId': f'Z{namespace_id}'}


def create_discovery_service(logical_id, props, stack):
    wanted = {
        'Name': props.get('Name') or logical_id,
        'NamespaceId': props.get('NamespaceId') or props.get('DnsConfig', {}).get('NamespaceId'),
        'DnsConfig': props.get('DnsConfig'),
        'HealthCheckCustomConfig': props.get('HealthCheckCustomConfig'),
    }
    given = {key: value for key, value in wanted.items() if value is not None}
    service = checked(servicediscovery._create_service(given))['Service']
    return service['Id'], {'Id': service['Id'], 'Arn': service['Arn'], 'Name': service['Name']}


def checked(response):
    status, _, body = response
    content = json.loads(body or '{}')
    if status >= 400:
        raise ValueError(content)
    return content


def camel_case(value):
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: camel_case(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [camel_case(inner) for inner in value]
    return value


def finished(coroutine):
    """Runs it to its end from within MiniStack's own loop, with the request's account and region."""
    outcome = {}

    def run():
        try:
            outcome['value'] = asyncio.run(coroutine)
        except BaseException as error:
            outcome['error'] = error

    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: context.run(run))
    thread.start()
    thread.join()
    if 'error' in outcome:
        raise outcome['error']
    return outcome['value']
