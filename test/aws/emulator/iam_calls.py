"""What IAM is asked for a call of an API: actions, resources and condition keys, of the call itself and of what AWS does in the
caller's name for it (KMS for S3 and Secrets Manager, passing roles). An operation that is not here cannot be judged, and
fails the check of what was recorded."""

from dataclasses import dataclass

from ministack.core.responses import get_account_id, get_region
from ministack.services import acm, ecs, secretsmanager
from ministack.services.cloudformation import _stacks

# Tags of certificates: a deleted one no longer exists when its call is judged.
CERTIFICATE_TAGS = {}


@dataclass
class Call:
    service: str
    operation: str
    parameters: dict
    status: int


def asked(call):
    """A list of {'action', 'resource', 'context'}."""
    return OF_SERVICE[call.service](call)


def ask(action, resource, context=None):
    return {'action': action, 'resource': resource, 'context': context or {}}


def arn(service, resource):
    return f'arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}'


def full_arn(service, kind, name):
    return name if name.startswith('arn:') else arn(service, f'{kind}{name}')


def via(service, key_arn, action, encryption_context):
    """KMS, used by a service in the caller's name."""
    return ask(f'kms:{action}', full_arn('kms', 'key/', key_arn), {
        'kms:ViaService': f'{service}.{get_region()}.amazonaws.com',
        **encryption(encryption_context),
    })


def encryption(context):
    return {f'kms:EncryptionContext:{key}': value for key, value in context.items()}


def dynamodb(call):
    transaction = call.parameters.get('TransactItems')
    if transaction is not None:
        actions = {'Put': 'PutItem', 'Update': 'UpdateItem', 'Delete': 'DeleteItem', 'ConditionCheck': 'ConditionCheckItem'}
        return [table(actions[kind], one) for item in transaction for kind, one in item.items()]
    return [table(call.operation, call.parameters)]


def table(action, parameters):
    resource = full_arn('dynamodb', 'table/', parameters['TableName'])
    index = parameters.get('IndexName')
    return ask(f'dynamodb:{action}', f'{resource}/index/{index}' if index else resource)


S3_ACTIONS = {
    'HeadObject': 's3:GetObject',
    'CreateMultipartUpload': 's3:PutObject',
    'UploadPart': 's3:PutObject',
    'CompleteMultipartUpload': 's3:PutObject',
    'HeadBucket': 's3:ListBucket',
    'ListObjectsV2': 's3:ListBucket',
    'ListObjectVersions': 's3:ListBucketVersions',
    'GetBucketTagging': 's3:GetBucketTagging',
    'GetBucketPolicy': 's3:GetBucketPolicy',
    'PutBucketPolicy': 's3:PutBucketPolicy',
}


def s3_asked(call):
    parameters = call.parameters
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    if call.operation == 'DeleteObjects':
        objects = parameters['Delete']['Objects']
        return [
            ask('s3:DeleteObjectVersion' if 'VersionId' in one else 's3:DeleteObject', f"{bucket}/{one['Key']}")
            for one in objects
        ]
    action = S3_ACTIONS.get(call.operation, f's3:{call.operation}')
    if 'Key' not in parameters:
        return [ask(action, bucket)]
    found = [ask(action, f"{bucket}/{parameters['Key']}")]
    if action == 's3:GetObject' and call.status == 404:
        # Without that permission S3 answers 403 for a missing object, which is an error here.
        found.append(ask('s3:ListBucket', bucket))
    if 'IfMatch' in parameters and action == 's3:PutObject':
        # S3 reads it with the writer's permission to compare.
        found.append(ask('s3:GetObject', found[0]['resource']))
    key = bucket_key(parameters)
    if key is not None and action == 's3:PutObject':
        found.append(via('s3', key, 'GenerateDataKey', {'aws:s3:arn': bucket}))
    if key is not None and action == 's3:GetObject' and call.status < 300:
        found.append(via('s3', key, 'Decrypt', {'aws:s3:arn': bucket}))
    return found


def bucket_key(parameters):
    """The key that an object is encrypted with: its own, or that of its bucket, which MiniStack forgets."""
    if 'SSEKMSKeyId' in parameters:
        return parameters['SSEKMSKeyId']
    for stack in list(_stacks.values()):
        for resource in list(stack.get('_resources', {}).values()):
            if resource['ResourceType'] == 'AWS::S3::Bucket' and resource['PhysicalResourceId'] == parameters['Bucket']:
                settings = resource.get('Properties', {}).get('BucketEncryption', {})
                rules = settings.get('ServerSideEncryptionConfiguration', [])
                return next((one['ServerSideEncryptionByDefault'].get('KMSMasterKeyID') for one in rules), None)
    return None


def secrets(call):
    secret = secretsmanager._secrets
    wanted = call.parameters['SecretId']
    name = next((key for key, one in secret.items() if wanted in (key, one.get('ARN'))), wanted)
    found = secret.get(name, {})
    resource = found.get('ARN') or full_arn('secretsmanager', 'secret:', wanted)
    answers = [ask(f'secretsmanager:{call.operation}', resource)]
    actions = {'GetSecretValue': ['Decrypt'], 'PutSecretValue': ['Decrypt', 'GenerateDataKey']}
    if found.get('KmsKeyId'):
        context = {'SecretARN': resource}
        answers += [via('secretsmanager', found['KmsKeyId'], one, context) for one in actions.get(call.operation, [])]
    return answers


def sqs(call):
    operation = call.operation.removesuffix('Batch')
    return [ask(f'sqs:{operation}', arn('sqs', call.parameters['QueueUrl'].rsplit('/', 1)[1]))]


def kms(call):
    context = call.parameters.get('EncryptionContext', {})
    return [ask(f'kms:{call.operation}', full_arn('kms', 'key/', call.parameters['KeyId']), encryption(context))]


def ecs_asked(call):
    parameters = call.parameters
    operation = f'ecs:{call.operation}'
    if call.operation == 'RegisterTaskDefinition':
        privileged = any(one.get('privileged') for one in parameters.get('containerDefinitions', []))
        context = {'ecs:privileged': 'true' if privileged else 'false'}
        resource = arn('ecs', f"task-definition/{parameters['family']}:1")
        return [ask(operation, resource, context), *passed_roles(parameters)]
    cluster = full_arn('ecs', 'cluster/', parameters.get('cluster', 'default'))
    context = {'ecs:cluster': cluster}
    if call.operation == 'RunTask':
        shell = parameters.get('enableExecuteCommand')
        if shell is not None:
            context['ecs:enable-execute-command'] = 'true' if shell else 'false'
        definition = ecs._task_defs.get(ecs._resolve_td_key(parameters['taskDefinition'])) or {}
        roles = {**definition, **parameters.get('overrides', {})}
        resource = definition.get('taskDefinitionArn') or parameters['taskDefinition']
        tags = [ask('ecs:TagResource', tasks_of(cluster), context)] if parameters.get('tags') else []
        return [ask(operation, resource, context), *passed_roles(roles), *tags]
    if call.operation == 'ListTasks':
        # Without a container instance in the request IAM checks `*`.
        return [ask(operation, parameters.get('containerInstance', '*'), context)]
    many = parameters.get('tasks') or parameters.get('containerInstances') or [parameters.get('task', '*')]
    return [ask(operation, one, context) for one in many]


def tasks_of(cluster):
    return cluster.replace(':cluster/', ':task/') + '/*'


def passed_roles(holder):
    roles = {holder[name] for name in ('executionRoleArn', 'taskRoleArn') if holder.get(name)}
    return [ask('iam:PassRole', role, {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}) for role in sorted(roles)]


def codebuild(call):
    project = call.parameters.get('projectName') or call.parameters['id'].rsplit('/', 1)[-1].split(':')[0]
    return [ask(f'codebuild:{call.operation}', arn('codebuild', f'project/{project}'))]


def acm_asked(call):
    parameters = call.parameters
    for name, certificate in acm._certificates.items():
        CERTIFICATE_TAGS[name] = tags_of(certificate, 'aws:ResourceTag')
    if call.operation != 'RequestCertificate':
        resource = parameters['CertificateArn']
        return [ask(f'acm:{call.operation}', resource, CERTIFICATE_TAGS.get(resource))]
    tags = tags_of(parameters, 'aws:RequestTag')
    request = ask('acm:RequestCertificate', '*', {
        'acm:ValidationMethod': parameters.get('ValidationMethod', ''),
        'acm:DomainNames': [parameters['DomainName'], *parameters.get('SubjectAlternativeNames', [])],
        **tags,
    })
    return [request, *([ask('acm:AddTagsToCertificate', arn('acm', 'certificate/requested'), tags)] if tags else [])]


def tags_of(holder, key):
    return {f"{key}/{one['Key']}": one.get('Value', '') for one in holder.get('Tags', [])}


def elbv2(call):
    return [ask(f'elasticloadbalancing:{call.operation}', call.parameters['ListenerArn'])]


def events(call):
    buses = {one.get('EventBusName', 'default') for one in call.parameters['Entries']}
    return [ask(f'events:{call.operation}', full_arn('events', 'event-bus/', one)) for one in sorted(buses)]


def without_resource(service):
    return lambda call: [ask(f'{service}:{call.operation}', '*')]


def functions(call):
    name = call.parameters['FunctionName']
    action = {'Invoke': 'InvokeFunction'}.get(call.operation, call.operation)
    return [ask(f'lambda:{action}', full_arn('lambda', 'function:', name))]


OF_SERVICE = {
    'acm': acm_asked,
    'codebuild': codebuild,
    'dynamodb': dynamodb,
    'ec2': without_resource('ec2'),
    'ecr': without_resource('ecr'),
    'ecs': ecs_asked,
    'elasticloadbalancing': elbv2,
    'events': events,
    'kms': kms,
    'lambda': functions,
    's3': s3_asked,
    'secretsmanager': secrets,
    'sqs': sqs,
}
