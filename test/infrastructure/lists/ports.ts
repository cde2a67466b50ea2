import { type Assembly, readable, type Stage } from '../assembly.ts';

interface Rule {
  readonly IpProtocol: string;
  readonly FromPort?: number;
  readonly ToPort?: number;
  readonly CidrIp?: unknown;
  readonly CidrIpv6?: unknown;
  readonly SourceSecurityGroupId?: unknown;
  readonly DestinationSecurityGroupId?: unknown;
  readonly Description?: string;
}
interface GroupRule {
  /** Logical id of the security group. */
  readonly group: string;
  readonly direction: 'in from' | 'out to';
  readonly peer: string;
  readonly ports: string;
  readonly description: string;
}

/** Which ports are open between which groups: the rules of every security group. */
export function ports(assembly: Assembly, stage: Stage): string {
  const groups = new Map<string, string[]>(
    assembly.all(stage, 'AWS::EC2::SecurityGroup').map(([stack, id]) => [id, [`${stack} ${id}`]]),
  );
  for (const { group, direction, peer, ports, description } of groupRules(assembly, stage)) {
    const lines = groups.get(group);
    if (lines === undefined) throw new Error(`no security group ${group}`);
    lines.push(`  ${direction} ${peer}: ${ports} (${description})`);
  }
  return [...groups.values()]
    .map(([name = '', ...lines]) => [name, ...lines.sort()].join('\n'))
    .sort()
    .join('\n');
}

export function groupRules(assembly: Assembly, stage: Stage): readonly GroupRule[] {
  const inGroups = assembly
    .all(stage, 'AWS::EC2::SecurityGroup')
    .flatMap(([, id, { Properties }]) => [
      ...((Properties.SecurityGroupIngress ?? []) as Rule[]).map((rule) => read(id, 'in from', rule)),
      ...((Properties.SecurityGroupEgress ?? []) as Rule[]).map((rule) => read(id, 'out to', rule)),
    ]);
  const apart = (['Ingress', 'Egress'] as const).flatMap((kind) =>
    assembly
      .all(stage, `AWS::EC2::SecurityGroup${kind}`)
      .map(([, , { Properties }]) =>
        read(groupOf(Properties.GroupId), kind === 'Ingress' ? 'in from' : 'out to', Properties),
      ),
  );
  return [...inGroups, ...apart];
}

function read(group: string, direction: GroupRule['direction'], rule: Rule): GroupRule {
  const { IpProtocol, FromPort, ToPort, Description = 'no description' } = rule;
  const peer = rule.CidrIp ?? rule.CidrIpv6 ?? groupOf(rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId);
  const range = FromPort === ToPort ? String(FromPort) : `${FromPort}-${ToPort}`;
  const ports = IpProtocol === '-1' ? 'everything' : `${IpProtocol} ${range}`;
  return { group, direction, peer: readable(peer), ports, description: Description };
}

const groupOf = (id: unknown): string => readable(id).replace(/^<(.*)\.GroupId>$/, '$1');
