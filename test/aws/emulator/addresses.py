"""Addresses of a network that MiniStack answers otherwise than AWS."""

from ministack.services.cloudformation import provisioners


def install():
    # MiniStack's GetAtt answers with the id of the VPC, which is no CIDR block.
    attributes_of('AWS::EC2::VPC', lambda props: {'CidrBlock': props.get('CidrBlock')})


def attributes_of(kind, more):
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create = handlers['create']

    def created(logical_id, props, stack):
        physical_id, attributes = create(logical_id, props, stack)
        return physical_id, {**attributes, **more(props)}

    provisioners._RESOURCE_HANDLERS[kind] = {**handlers, 'create': created}
