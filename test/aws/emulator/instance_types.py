"""Types of machines: MiniStack knows a few, and none of Graviton's. Here each that is asked for by a filter exists, with two vCPUs."""

from ministack.services import ec2


def install():
    ec2._ACTION_MAP['DescribeInstanceTypes'] = describe


def describe(params):
    names = [values[0] for key, values in sorted(params.items()) if key.startswith('Filter.1.Value.')]
    items = ''.join(
        f'<item><instanceType>{name}</instanceType><vCpuInfo><defaultVCpus>2</defaultVCpus></vCpuInfo></item>' for name in names
    )
    return ec2._xml(200, 'DescribeInstanceTypesResponse', f'<instanceTypeSet>{items}</instanceTypeSet>')
