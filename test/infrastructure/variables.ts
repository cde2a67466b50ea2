import { readVariables } from '../../adapters/aws/environment.ts';
import { SERVICE_ROLES } from '../../adapters/aws/variables.ts';
import { readOptions } from '../../bin/services/options.ts';
import type { Deployed, Part } from './deployed.ts';

/** The required value of a variable, found by the purpose of the resource, never by its name in `lib/`. */
type Row = (deployed: Deployed) => unknown;

/** The queue that feeds this function; the dyno manager has two, one of them ordered. */
function queueThatFeeds(deployed: Deployed, name: string, inOrder?: boolean): string {
  const fed = deployed
    .parts('AWS::Lambda::EventSourceMapping')
    .filter(({ properties }) => properties.FunctionName.startsWith(`Functions${name}Function`))
    .map(({ properties }) => properties.EventSourceArn);
  const { id } = deployed.part(
    'AWS::SQS::Queue',
    ({ arn, properties }) =>
      fed.includes(arn) && (inOrder === undefined || (properties.FifoQueue ?? false) === inOrder),
  );
  return `https://sqs.us-east-1.amazonaws.com/000000000000/${id}`;
}

const bucketName = (arn: string) => arn.replace('arn:aws:s3:::', '');
const repository = (arn: string) => `000000000000.dkr.ecr.us-east-1.amazonaws.com/${arn.replace(/^.*\//, '')}`;

/** Found by the machines that it starts. */
function providerOf(deployed: Deployed, instanceType: RegExp): string {
  const { id: template } = deployed.part('AWS::EC2::LaunchTemplate', ({ properties }) =>
    instanceType.test(properties.LaunchTemplateData.InstanceType),
  );
  const { id: machines } = deployed.part(
    'AWS::AutoScaling::AutoScalingGroup',
    ({ properties }) => properties.LaunchTemplate.LaunchTemplateId === template,
  );
  return deployed.part(
    'AWS::ECS::CapacityProvider',
    ({ properties }) => properties.AutoScalingGroupProvider.AutoScalingGroupArn === machines,
  ).id;
}

/** Found by its machine type, and by whether it has a Docker daemon. */
const projectOf = (deployed: Deployed, type: string, privileged: boolean): string =>
  deployed.part(
    'AWS::CodeBuild::Project',
    ({ properties: { Environment } }) => Environment.Type === type && Environment.PrivilegedMode === privileged,
  ).id;

/** The visitors' listener: with TLS where there is a certificate. */
const listener = (deployed: Deployed): Part => {
  const all = deployed.parts('AWS::ElasticLoadBalancingV2::Listener');
  const found = all.find(({ properties }) => properties.Certificates !== undefined) ?? all[0];
  if (found === undefined) throw new Error('nothing listens');
  return found;
};

/** The host for which the listener forwards to the services. */
function servicesUrl(deployed: Deployed): string {
  const { arn, properties } = listener(deployed);
  const { properties: rule } = deployed.part(
    'AWS::ElasticLoadBalancingV2::ListenerRule',
    (one) => one.properties.ListenerArn === arn,
  );
  const [{ TargetGroupArn }] = rule.Actions;
  expect(deployed.part('AWS::ElasticLoadBalancingV2::TargetGroup', ({ id }) => id === TargetGroupArn).name).toBe(
    'Services',
  );
  const [{ Field, HostHeaderConfig }] = rule.Conditions;
  expect(Field).toBe('host-header');
  return `${properties.Protocol.toLowerCase()}://${HostHeaderConfig.Values.join()}`;
}

/** Apps are found at any name below it. */
function appsDomain(deployed: Deployed): string {
  const [record] = deployed
    .parts('AWS::Route53::RecordSet')
    .filter(({ properties }) => properties.Name.startsWith('*.'));
  if (record !== undefined) return record.properties.Name.replace(/^\*\.|\.$/g, '');
  return `${deployed.part('AWS::ElasticLoadBalancingV2::LoadBalancer').id}.DNSName`;
}

function apiUrl(deployed: Deployed): string {
  const { id, properties } = deployed.part('AWS::ApiGatewayV2::Api');
  const [domain] = deployed.parts('AWS::ApiGatewayV2::DomainName');
  expect(properties.DisableExecuteApiEndpoint).toBe(domain !== undefined);
  return domain === undefined ? `${id}.ApiEndpoint` : `https://${domain.properties.DomainName}`;
}

export interface RunningService extends Part {
  readonly roles: readonly string[];
  /** The ports on which its container listens, as its own code reads its environment. */
  readonly ports: ReturnType<typeof readOptions>['ports'];
  readonly container: Part['properties'];
}

const variablesOf = (environment: readonly { readonly Name: string; readonly Value: string }[]) =>
  Object.fromEntries(environment.map(({ Name, Value }) => [Name, Value]));

export function runningServices(deployed: Deployed): readonly RunningService[] {
  return deployed.parts('AWS::ECS::Service').map((service) => {
    const { properties } = deployed.part(
      'AWS::ECS::TaskDefinition',
      ({ id }) => id === service.properties.TaskDefinition,
    );
    const [container] = properties.ContainerDefinitions;
    const { roles, ports } = readOptions(variablesOf(container.Environment));
    return { ...service, container, roles: [...roles], ports };
  });
}

/** Inside the network: the name of the service with this role, and the port of the service and its security group. */
function addressOf(deployed: Deployed, role: string, port: 'forward' | 'attach'): string {
  const [service, ...more] = runningServices(deployed).filter(({ roles }) => roles.includes(role));
  if (service === undefined || more.length > 0) throw new Error(`not one service is ${role}`);
  const [{ RegistryArn }] = service.properties.ServiceRegistries;
  const { properties: registered } = deployed.part('AWS::ServiceDiscovery::Service', ({ id }) => id === RegistryArn);
  const namespace = deployed.part('AWS::ServiceDiscovery::PrivateDnsNamespace');
  expect(registered.NamespaceId).toBe(`${namespace.id}.Id`);
  const number = service.ports[port];
  expect(service.container.PortMappings).toContainEqual({ ContainerPort: number, Protocol: 'tcp' });
  const [group] = service.properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups;
  const letsIn = deployed
    .parts('AWS::EC2::SecurityGroupIngress')
    .map(({ properties }) => properties)
    .filter(({ GroupId, FromPort, ToPort }) => GroupId === group && FromPort <= number && number <= ToPort)
    .map(({ SourceSecurityGroupId }) => SourceSecurityGroupId.replace(/[0-9A-F]{8}\.GroupId$/, ''));
  expect(letsIn.sort()).toEqual(['SecurityGroupsDynos', 'SecurityGroupsMachines']);
  return `${registered.Name}.${namespace.properties.Name}:${number}`;
}

/** Where Fargate dynos run: in the dynos' group, in the same subnets as the services. */
function fargate(deployed: Deployed) {
  const [{ properties }] = deployed.parts('AWS::ECS::Service') as readonly [Part];
  const { Subnets, AssignPublicIp } = properties.NetworkConfiguration.AwsvpcConfiguration;
  const { id } = deployed.part('AWS::EC2::SecurityGroup', (group) =>
    group.properties.GroupDescription.startsWith('Dynos on Fargate'),
  );
  return {
    subnets: Subnets,
    securityGroups: [`${id}.GroupId`],
    publicAddresses: AssignPublicIp === 'ENABLED',
    logRouterImage: expect.stringMatching(/^public\.ecr\.aws\/aws-observability\/aws-for-fluent-bit:\d+\.\d+\.\d+$/),
  };
}

const ROWS: Readonly<Record<string, Row>> = {
  DYNOFORM_STAGE: ({ stage }) => stage,
  DYNOFORM_TABLE: (deployed) => deployed.part('AWS::DynamoDB::Table').id,
  DYNOFORM_BLOBS_BUCKET: ({ at }) => bucketName(at.blobs),
  DYNOFORM_CONFIG_BUCKET: ({ at }) => bucketName(at.config),
  DYNOFORM_KEY_ARN: ({ at }) => at.key,
  DYNOFORM_SIGNING_SECRET_ARN: ({ at }) => at.signingSecret,
  DYNOFORM_OWNER_SECRET_ARN: ({ at }) => at.ownerToken,
  DYNOFORM_NUDGE_QUEUE_URL: (deployed) => queueThatFeeds(deployed, 'reconcile', true),
  DYNOFORM_DELAY_QUEUE_URL: (deployed) => queueThatFeeds(deployed, 'reconcile', false),
  DYNOFORM_BUILD_QUEUE_URL: (deployed) => queueThatFeeds(deployed, 'builds'),
  DYNOFORM_CERTIFICATE_QUEUE_URL: (deployed) => queueThatFeeds(deployed, 'certificates'),
  DYNOFORM_CLUSTER: ({ at }) => at.cluster,
  DYNOFORM_EXECUTION_ROLE_ARN: ({ at }) => at.executionRole,
  DYNOFORM_CAPACITY: (deployed) => ({
    providers: { arm64: providerOf(deployed, /^(t4g|m7g)\./), amd64: providerOf(deployed, /^(t3|m7i)\./) },
    fargate: fargate(deployed),
  }),
  DYNOFORM_REPOSITORY_URI: ({ at }) => repository(at.slugs),
  DYNOFORM_CACHE_REPOSITORY_URI: ({ at }) => repository(at.caches),
  DYNOFORM_BUILD_PROJECTS: (deployed) => ({
    arm64: {
      buildpacks: projectOf(deployed, 'ARM_CONTAINER', false),
      dockerfile: projectOf(deployed, 'ARM_CONTAINER', true),
    },
    amd64: {
      buildpacks: projectOf(deployed, 'LINUX_CONTAINER', false),
      dockerfile: projectOf(deployed, 'LINUX_CONTAINER', true),
    },
  }),
  DYNOFORM_LISTENER_ARN: (deployed) => listener(deployed).arn,
  DYNOFORM_API_URL: apiUrl,
  DYNOFORM_SERVICES_URL: servicesUrl,
  DYNOFORM_APPS_DOMAIN: appsDomain,
  DYNOFORM_LOG_ADDRESS: (deployed) => addressOf(deployed, 'logs', 'forward'),
  DYNOFORM_ATTACH_ADDRESS: (deployed) => addressOf(deployed, 'rendezvous', 'attach'),
  DYNOFORM_EVENT_BUS: (deployed) => deployed.part('AWS::Events::EventBus').id,
  DYNOFORM_ECO_HOURS: () => 'unlimited',
  DYNOFORM_SERVICES: () => expect.stringMatching(/^[a-z,]+$/),
  DYNOFORM_TRUSTED_PROXIES: (deployed) => `${deployed.part('AWS::EC2::VPC').id}.CidrBlock`,
  // Belongs to the CDK's own provider.
  USER_ON_EVENT_FUNCTION_ARN: ({ at }) => at.bootstrapFunction,
};
const JSON_VALUES = ['DYNOFORM_BUILD_PROJECTS', 'DYNOFORM_CAPACITY'];

/** Every variable of every function, container and build project. */
function told(deployed: Deployed): readonly (readonly [holder: string, variable: string, value: string])[] {
  const functions = deployed
    .parts('AWS::Lambda::Function')
    .flatMap(({ name, properties }) =>
      Object.entries<string>(properties.Environment?.Variables ?? {}).map(
        ([key, value]) => [name, key, value] as const,
      ),
    );
  const others = [
    ...deployed
      .parts('AWS::ECS::TaskDefinition')
      .flatMap(({ name, properties }) =>
        (properties.ContainerDefinitions as Part['properties'][]).map(({ Environment }) => ({ name, Environment })),
      ),
    ...deployed
      .parts('AWS::CodeBuild::Project')
      .map(({ name, properties }) => ({ name, Environment: properties.Environment.EnvironmentVariables })),
  ].flatMap(({ name, Environment }) =>
    Object.entries<string>(variablesOf(Environment ?? [])).map(([key, value]) => [name, key, value] as const),
  );
  return [...functions, ...others];
}

export function variableTests(small: () => Deployed, large: () => Deployed): void {
  describe.each([
    { profile: 'minimal', of: small },
    { profile: 'resilient', of: large },
  ])('$profile', ({ of }) => {
    test('every variable of a function, container or build has a row here', () => {
      const variables = new Set(told(of()).map(([, variable]) => variable));
      expect([...variables].sort()).toEqual(Object.keys(ROWS).sort());
    });

    test.each(Object.entries(ROWS))('%s names what it is for, whoever is told it', (variable, row) => {
      const values = told(of()).filter(([, one]) => one === variable);
      const expected = row(of());
      for (const [holder, , value] of values) {
        expect([holder, JSON_VALUES.includes(variable) ? JSON.parse(value) : value]).toEqual([holder, expected]);
      }
    });

    test('builds are told nothing by their project: each is told at its start', () => {
      for (const { properties } of of().parts('AWS::CodeBuild::Project')) {
        expect(properties.Environment.EnvironmentVariables).toBeUndefined();
      }
    });

    test('the functions can read where dynos run', () => {
      const [[, , capacity] = []] = told(of()).filter(([, variable]) => variable === 'DYNOFORM_CAPACITY');
      expect(readVariables({ DYNOFORM_CAPACITY: capacity }, ['CAPACITY']).capacity).toEqual(
        ROWS.DYNOFORM_CAPACITY?.(of()),
      );
    });

    test('every service is run by one task, and routers by as many as the stage has', () => {
      const running = runningServices(of()).flatMap(({ roles }) => roles);
      expect(running.sort()).toEqual([...SERVICE_ROLES].sort());
    });
  });
}
