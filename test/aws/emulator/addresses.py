"""Addresses that lead somewhere on this machine, where MiniStack makes names that nothing resolves: of load balancers
(EMULATOR_LOAD_BALANCER, a host name) and of HTTP APIs (EMULATOR_API_URL). ../end-to-end/edge.ts answers there."""

import os

from ministack.services.cloudformation import provisioners


def install():
    give('AWS::ElasticLoadBalancingV2::LoadBalancer', 'DNSName', os.environ.get('EMULATOR_LOAD_BALANCER'))
    give('AWS::ApiGatewayV2::Api', 'ApiEndpoint', os.environ.get('EMULATOR_API_URL'))
    cidr_blocks()


def give(kind, attribute, value):
    if value is not None:
        attributes_of(kind, lambda props: {attribute: value})


def cidr_blocks():
    """GetAtt of it answers with the id of the VPC, which is no CIDR block."""
    attributes_of('AWS::EC2::VPC', lambda props: {'CidrBlock': props.get('CidrBlock')})


def attributes_of(kind, more):
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create = handlers['create']

    def created(logical_id, props, stack):
        physical_id, attributes = create(logical_id, props, stack)
        return physical_id, {**attributes, **more(props)}

    provisioners._RESOURCE_HANDLERS[kind] = {**handlers, 'create': created}
