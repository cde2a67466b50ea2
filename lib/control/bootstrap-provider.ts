import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Provider } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** Between CloudFormation and the bootstrap function: answers CloudFormation even if the function fails. */
export function bootstrapProvider(scope: Construct, handler: IFunction, logGroup: ILogGroup): string {
  const role = new Role(scope, 'ProviderRole', {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: 'Custom resource provider of the bootstrap function',
  });
  logGroup.grantWrite(role);
  const provider = new Provider(scope, 'Provider', {
    onEventHandler: handler,
    frameworkOnEventRole: role,
    logGroup,
  });
  acknowledge(provider, {
    'AwsSolutions-L1': 'The CDK chooses the runtime of its own provider.',
  });
  return provider.serviceToken;
}
