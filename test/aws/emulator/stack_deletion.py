"""Deletion of stacks as CloudFormation does it. MiniStack deletes what is to be retained and what is protected or in use, calls
every deletion a success, and knows neither stacks by their id here nor termination protection."""

import asyncio
import re

import listener_certificates
from ministack.services import alb, dynamodb, ecr, ecs, s3
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, provisioners, stacks
from ministack.services.cloudformation.helpers import _error, _p, _xml

STATUS = re.compile(r'<StackId>([^<]+)</StackId><StackStatus>\w+</StackStatus>')


def install():
    actions = handlers._ACTION_HANDLERS
    plain_delete, plain_describe = actions['DeleteStack'], actions['DescribeStacks']
    actions['DeleteStack'] = lambda params: delete_stack(plain_delete, params)
    actions['DescribeStacks'] = lambda params: with_protection(plain_describe(params))
    actions['UpdateTerminationProtection'] = protect
    handlers._delete_stack_async = delete_in_background
    buckets = provisioners._RESOURCE_HANDLERS['AWS::S3::Bucket']
    provisioners._RESOURCE_HANDLERS['AWS::S3::Bucket'] = {**buckets, 'create': tagged(buckets['create'])}


def tagged(create):
    """The CDK's function that empties a bucket looks for its tag."""

    def created(logical_id, props, stack):
        physical_id, attributes = create(logical_id, props, stack)
        s3._bucket_tags[physical_id] = {tag['Key']: tag['Value'] for tag in props.get('Tags', [])}
        return physical_id, attributes

    return created


def find(name_or_id):
    for stack in cloudformation._stacks.values():
        if name_or_id in (stack['StackName'], stack['StackId']) and stack['StackStatus'] != 'DELETE_COMPLETE':
            return stack
    return None


def delete_stack(plain_delete, params):
    stack = find(_p(params, 'StackName'))
    if stack is None:
        return _xml(200, 'DeleteStackResponse', '')
    if stack.get('_protected'):
        return _error('ValidationError', f"Stack [{stack['StackName']}] cannot be deleted while TerminationProtection is enabled")
    return plain_delete({**params, 'StackName': [stack['StackName']]})


def protect(params):
    stack = find(_p(params, 'StackName'))
    if stack is None:
        return _error('ValidationError', f"Stack [{_p(params, 'StackName')}] does not exist")
    stack['_protected'] = _p(params, 'EnableTerminationProtection') == 'true'
    result = f"<UpdateTerminationProtectionResult><StackId>{stack['StackId']}</StackId></UpdateTerminationProtectionResult>"
    return _xml(200, 'UpdateTerminationProtectionResponse', result)


def with_protection(response):
    status, headers, body = response
    text = body.decode() if isinstance(body, bytes) else body
    protected = {stack['StackId'] for stack in cloudformation._stacks.values() if stack.get('_protected')}

    def add(match):
        return f"{match[0]}<EnableTerminationProtection>{str(match[1] in protected).lower()}</EnableTerminationProtection>"

    return status, headers, STATUS.sub(add, text).encode()


async def delete_in_background(stack_name, stack_id):
    stack = cloudformation._stacks[stack_name]
    definitions = stack.get('_template', {}).get('Resources', {})
    resources = stack.get('_resources', {})

    def tell(logical_id, kind, status, reason='', physical_id=''):
        stacks._add_event(stack_id, stack_name, logical_id, kind, status, reason, physical_id)

    # Otherwise MiniStack's creation would continue, and mark the stack complete.
    while re.fullmatch('(CREATE|UPDATE|ROLLBACK).*_IN_PROGRESS', stack['StackStatus']):
        await asyncio.sleep(0.1)
    stack['StackStatus'] = 'DELETE_IN_PROGRESS'
    tell(stack_name, 'AWS::CloudFormation::Stack', 'DELETE_IN_PROGRESS', physical_id=stack_id)
    failed = []
    for logical_id in reversed(in_order(definitions, stack)):
        resource = resources.get(logical_id)
        if resource is None or resource.get('ResourceStatus') == 'DELETE_COMPLETE':
            continue
        kind, physical_id = resource.get('ResourceType', ''), resource.get('PhysicalResourceId', '')
        retained = definitions.get(logical_id, {}).get('DeletionPolicy') == 'Retain'
        try:
            if not retained:
                await delete_resource(kind, physical_id, resource.get('Properties', {}), stack_name, logical_id)
            status, reason = ('DELETE_SKIPPED' if retained else 'DELETE_COMPLETE'), ''
        except Exception as error:
            status, reason = 'DELETE_FAILED', str(error)
            failed.append(logical_id)
        resource['ResourceStatus'] = status
        tell(logical_id, kind, status, reason, physical_id)
        # What it needs stays, so that a retry is possible.
        if failed:
            break
        # Others may read the stack meanwhile.
        await asyncio.sleep(0)
    if not failed:
        for output in stack.get('Outputs', []):
            cloudformation._exports.pop(output.get('ExportName'), None)
    stack['StackStatus'] = 'DELETE_FAILED' if failed else 'DELETE_COMPLETE'
    stack['StackStatusReason'] = f"The following resource(s) failed to delete: [{', '.join(failed)}]." if failed else ''
    tell(stack_name, 'AWS::CloudFormation::Stack', stack['StackStatus'], stack['StackStatusReason'], stack_id)


def in_order(definitions, stack):
    try:
        return stacks._topological_sort(definitions, stack.get('_conditions', {}))
    except ValueError:
        return list(definitions)


async def delete_resource(kind, physical_id, props, stack_name, logical_id):
    reason = REFUSALS.get(kind, lambda physical_id, props: None)(physical_id, props)
    if reason is not None:
        raise ValueError(reason)
    if stacks._is_custom_resource(kind):
        await asyncio.to_thread(stacks._delete_resource, kind, physical_id, props, stack_name, logical_id)
    else:
        stacks._delete_resource(kind, physical_id, props, stack_name, logical_id)


def bucket(physical_id, props):
    found = s3._buckets.get(physical_id)
    return 'The bucket you tried to delete is not empty' if found and found['objects'] else None


def table(physical_id, props):
    protected = dynamodb._tables.get(physical_id, {}).get('DeletionProtectionEnabled')
    return f'Resource cannot be deleted as it is currently protected against deletion: {physical_id}' if protected else None


def repository(physical_id, props):
    images = ecr._images.get(physical_id)
    return 'The repository cannot be deleted because it still contains images' if images and not props.get('EmptyOnDelete') else None


def load_balancer(physical_id, props):
    attributes = {each['Key']: each['Value'] for each in alb._lb_attrs.get(physical_id, [])}
    protected = attributes.get('deletion_protection.enabled') == 'true'
    return 'Load balancer cannot be deleted because deletion protection is enabled' if protected else None


def cluster(physical_id, props):
    alive = [task for task in ecs._tasks.values() if physical_id in task['clusterArn'] and task['lastStatus'] != 'STOPPED']
    return 'The Cluster cannot be deleted while Tasks are active.' if alive else None


def certificate(physical_id, props):
    attached = any(physical_id in arns for arns in listener_certificates.ATTACHED.values())
    return f'Certificate {physical_id} in use.' if attached else None


REFUSALS = {
    'AWS::S3::Bucket': bucket,
    'AWS::DynamoDB::Table': table,
    'AWS::ECR::Repository': repository,
    'AWS::ElasticLoadBalancingV2::LoadBalancer': load_balancer,
    'AWS::ECS::Cluster': cluster,
    'AWS::CertificateManager::Certificate': certificate,
}
