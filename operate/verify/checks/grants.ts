import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { type Check, proven, refuted } from '../check.ts';
import { STAGE } from '../stage.ts';
import { resources, type World } from '../world.ts';

interface Call {
  readonly role: string;
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
}

export const grants: Check = {
  name: 'grants',
  proves: 'IAM itself allows each function what it needs, and refuses what it must not do',
  how: 'SimulatePrincipalPolicy of the roles that were deployed, on the resources that were deployed',
  run: async (world) => {
    const calls = await callsOf(world);
    const wrong: string[] = [];
    for (const { role, action, resource, allowed } of calls) {
      const { EvaluationResults } = await world.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: await roleOf(world, role),
          ActionNames: [action],
          ResourceArns: [resource],
        }),
      );
      const decision = EvaluationResults?.[0]?.EvalDecision ?? 'not judged';
      if ((decision === 'allowed') !== allowed) wrong.push(`${role}: ${action} on ${resource} is ${decision}`);
    }
    return wrong.length === 0
      ? proven(`${calls.length} calls are judged as they should be`)
      : refuted(wrong.join('; '));
  },
};

async function callsOf(world: World): Promise<readonly Call[]> {
  const [TableName] = resources(world, 'data', 'AWS::DynamoDB::Table');
  const { Table } = await world.account.dynamo.send(new DescribeTableCommand({ TableName }));
  const table = Table?.TableArn ?? '';
  const [, partition, , region, account] = table.split(':');
  const arn = (service: string, rest: string): string => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const runs = {
    action: 'ecs:RunTask',
    resource: arn('ecs', `task-definition/dynoform-${STAGE}-dyno-${world.app.id}:1`),
  };
  const [project = ''] = resources(world, 'build', 'AWS::CodeBuild::Project');
  const builds = { action: 'codebuild:StartBuild', resource: arn('codebuild', `project/${project}`) };
  const requests = { action: 'acm:RequestCertificate', resource: '*' };
  const drops = { action: 'dynamodb:DeleteTable', resource: table };
  const refused = {
    api: [runs, builds, requests, drops],
    reconcile: [builds, requests, drops],
    builds: [runs, requests, drops],
    certificates: [runs, builds, drops],
  };
  const reads = { action: 'dynamodb:GetItem', resource: table, allowed: true };
  return Object.entries(refused).flatMap(([role, each]) => [
    { role, ...reads },
    ...each.map((call) => ({ role, ...call, allowed: false })),
  ]);
}

async function roleOf(world: World, name: string): Promise<string | undefined> {
  const [FunctionName] = resources(world, 'control', 'AWS::Lambda::Function', `Functions${name}Function`);
  const { Role } = await world.account.lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  return Role;
}
