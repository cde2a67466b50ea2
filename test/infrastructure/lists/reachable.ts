import { type Assembly, readable, type Stage } from '../assembly.ts';
import { groupRules } from './ports.ts';

/** What the world can reach: everything that answers from outside the account, including any such resource added later. */
export function reachable(assembly: Assembly, stage: Stage): string {
  const of = (type: string) =>
    assembly.all(stage, type).map(([stack, id, { Properties }]) => ({ name: `${stack}/${id}`, id, ...Properties }));
  const sections: Readonly<Record<string, readonly string[]>> = {
    'Ports that are open to addresses': groupRules(assembly, stage)
      .filter(({ direction, peer }) => direction === 'in from' && /^[\d.:a-f]+\/\d+$/.test(peer))
      .map(({ group, peer, ports }) => `${group}: ${ports} from ${peer}`),
    'Load balancers': of('AWS::ElasticLoadBalancingV2::LoadBalancer').map(({ name, Scheme }) => `${name}: ${Scheme}`),
    'What load balancers forward': forwarding(of),
    'Where that goes': of('AWS::ECS::Service').flatMap(({ name, LoadBalancers = [] }) =>
      LoadBalancers.map(
        (target: { TargetGroupArn: unknown; ContainerName: string; ContainerPort: number }) =>
          `${readable(target.TargetGroupArn)}: port ${target.ContainerPort} of ${target.ContainerName} in ${name}`,
      ),
    ),
    'HTTP APIs': [
      ...of('AWS::ApiGatewayV2::Api').map(
        ({ name, DisableExecuteApiEndpoint }) =>
          `${name}: execute-api address ${DisableExecuteApiEndpoint === true ? 'closed' : 'open'}`,
      ),
      ...of('AWS::ApiGatewayV2::DomainName').map(
        ({ DomainName, DomainNameConfigurations: [{ SecurityPolicy, EndpointType }] }) =>
          `${DomainName}: ${EndpointType}, at least ${SecurityPolicy}`,
      ),
      ...of('AWS::ApiGatewayV2::Route').map(
        ({ RouteKey, AuthorizationType }) => `${RouteKey}: authorization of API Gateway ${AuthorizationType}`,
      ),
    ],
    'Public addresses': [
      ...of('AWS::EC2::Subnet')
        .filter(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch === true)
        .map(({ name }) => `${name}: of all in it`),
      ...of('AWS::ECS::Service')
        .filter(({ NetworkConfiguration }) => NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp === 'ENABLED')
        .map(({ name }) => `${name}: of its tasks`),
      ...of('AWS::EC2::LaunchTemplate')
        .filter(({ LaunchTemplateData }) =>
          (LaunchTemplateData.NetworkInterfaces ?? []).some(
            (one: { AssociatePublicIpAddress?: boolean }) => one.AssociatePublicIpAddress !== false,
          ),
        )
        .map(({ name }) => `${name}: of its machines`),
      ...of('AWS::EC2::EIP').map(({ name }) => name),
    ],
    'DNS records': of('AWS::Route53::RecordSet').map(
      ({ Name, Type, AliasTarget, ResourceRecords }) =>
        `${Name} ${Type} ${readable(AliasTarget?.DNSName ?? ResourceRecords)}`,
    ),
    'Functions with an address of their own': of('AWS::Lambda::Url').map(({ name }) => name),
    'Buckets that may be public': of('AWS::S3::Bucket')
      .filter(({ PublicAccessBlockConfiguration: block = {} }) => Object.values(block).filter(Boolean).length < 4)
      .map(({ name }) => name),
    'Policies of resources that allow anybody': assembly
      .all(stage)
      .filter(([, , { Properties = {} }]) => allowsAnybody(Properties))
      .map(([stack, id]) => `${stack}/${id}`),
  };
  return Object.entries(sections)
    .flatMap(([heading, lines]) => [heading, ...(lines.length === 0 ? ['none'] : [...lines].sort()).map(indented)])
    .join('\n');
}

const indented = (line: string): string => `  ${line}`;

interface Action {
  readonly Type: string;
  readonly TargetGroupArn?: unknown;
  readonly RedirectConfig?: { readonly Protocol: string; readonly Port: string; readonly StatusCode: string };
}

// biome-ignore lint/suspicious/noExplicitAny: properties of resources, which have no types
function forwarding(of: (type: string) => any[]): string[] {
  const listeners = of('AWS::ElasticLoadBalancingV2::Listener');
  const port = (id: string): string => {
    const { Protocol, Port, SslPolicy } = listeners.find((listener) => listener.id === id);
    return `${Protocol} ${Port}${SslPolicy === undefined ? '' : ` (${SslPolicy})`}`;
  };
  const to = ([action]: readonly Action[]): string => {
    const { Type, TargetGroupArn, RedirectConfig } = action ?? { Type: 'nothing' };
    if (RedirectConfig !== undefined) return `${Type} to ${RedirectConfig.Protocol} ${RedirectConfig.Port}`;
    return `${Type} to ${readable(TargetGroupArn)}`;
  };
  const conditions = (list: readonly { Field: string; HostHeaderConfig?: { Values: unknown[] } }[]): string =>
    list.map(({ Field, HostHeaderConfig }) => `${Field} ${readable(HostHeaderConfig?.Values ?? [])}`).join(' and ');
  return [
    ...listeners.map(({ id, DefaultActions }) => `${port(id)}: ${to(DefaultActions)}`),
    ...of('AWS::ElasticLoadBalancingV2::ListenerRule').map(
      ({ ListenerArn, Conditions, Actions }) => `${port(ListenerArn.Ref)}, ${conditions(Conditions)}: ${to(Actions)}`,
    ),
  ];
}

// biome-ignore lint/suspicious/noExplicitAny: properties of a resource, which have no types
function allowsAnybody({ PolicyDocument, KeyPolicy, RepositoryPolicyText, Principal }: any): boolean {
  const statements = (PolicyDocument ?? KeyPolicy ?? RepositoryPolicyText)?.Statement ?? [
    { Effect: 'Allow', Principal },
  ];
  return statements.some(
    (statement: { Effect: string; Principal?: unknown }) =>
      statement.Effect === 'Allow' && /^("\*"|\{"AWS":"\*"\})$/.test(JSON.stringify(statement.Principal) ?? ''),
  );
}
