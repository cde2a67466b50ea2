import { type Assembly, readable } from './assembly.ts';

const SMALL = 'small-us-east-1';
const properties = (assembly: Assembly, type: string) =>
  assembly.all(SMALL, type).map(([, id, { Properties }]) => ({ id, ...Properties }));

/** What keeps an app inside its dyno, a build inside its build, and visitors outside; one test per rule. */
export function hardeningTests(assembly: () => Assembly): void {
  const templates = () => properties(assembly(), 'AWS::EC2::LaunchTemplate').map((one) => one.LaunchTemplateData);
  const userData = () => templates().map((data) => readable(data.UserData));

  test('machines give their identity only to who asks with a token, and to no container', () => {
    expect(templates()).toHaveLength(2);
    for (const { MetadataOptions } of templates()) {
      expect(MetadataOptions).toEqual({
        HttpEndpoint: 'enabled',
        HttpTokens: 'required',
        HttpPutResponseHopLimit: 1,
        InstanceMetadataTags: 'disabled',
      });
    }
  });

  test('the network of containers is closed before Docker starts', () => {
    for (const text of userData()) {
      const hook = text.indexOf('text/cloud-boothook');
      const agent = text.indexOf('text/x-shellscript');
      const block = text.indexOf('-d 169.254.169.254/32 -j DROP');
      expect(hook).toBeGreaterThan(0);
      expect(block).toBeGreaterThan(hook);
      expect(agent).toBeGreaterThan(block);
      expect(text).toContain('-d fd00:ec2::254/128 -j DROP');
    }
  });

  test.each(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'])(
    'a dyno reaches nothing in %s',
    (range) => {
      for (const text of userData()) expect(text).toContain(`-i docker0 -d ${range} -j DROP`);
    },
  );

  test('but for name servers and the terminals, which are asked before', () => {
    for (const text of userData()) {
      const allowed = text.match(/^-i docker0 .* -j RETURN$/gm) ?? [];
      expect(allowed.map((rule) => rule.replace(/-d <[^>]+>/, '-d VPC'))).toEqual([
        '-i docker0 -d VPC -p udp --dport 53 -j RETURN',
        '-i docker0 -d VPC -p tcp --dport 53 -j RETURN',
        '-i docker0 -d VPC -p tcp --dport 5001 -j RETURN',
      ]);
      expect(text.indexOf(allowed[2] ?? '')).toBeLessThan(text.indexOf('-d 10.0.0.0/8'));
    }
  });

  test.each([
    { name: 'containers do not see each other', line: '"icc": false' },
    { name: 'containers do not reach their machine', line: '-I INPUT -i docker0 -m conntrack --ctstate NEW -j DROP' },
    { name: 'nothing privileged', line: 'ECS_DISABLE_PRIVILEGED=true' },
    { name: 'no fork bombs', line: 'ECS_TASK_PIDS_LIMIT=1024' },
    { name: 'CPU and memory have limits', line: 'ECS_ENABLE_TASK_CPU_MEM_LIMIT=true' },
    { name: 'no metadata in awsvpc either', line: 'ECS_AWSVPC_BLOCK_IMDS=true' },
    { name: 'config files do not stay', line: 'ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=10m' },
    {
      name: 'output goes through fluentd',
      line: 'ECS_AVAILABLE_LOGGING_DRIVERS=["json-file","fluentd","awslogs","none"]',
    },
    { name: 'ports where the router may connect', line: 'ECS_DYNAMIC_HOST_PORT_RANGE=49152-65535' },
  ])('$name', ({ line }) => {
    for (const text of userData()) expect(text).toContain(line);
  });

  test('disks are encrypted', () => {
    for (const { BlockDeviceMappings } of templates()) expect(BlockDeviceMappings[0].Ebs.Encrypted).toBe(true);
  });

  test('from outside one can connect to ports 80 and 443 of the load balancer, and to nothing else', () => {
    const open = assembly()
      .all(SMALL)
      .flatMap(([, id, { Type, Properties }]) => {
        const rules = Type === 'AWS::EC2::SecurityGroup' ? (Properties.SecurityGroupIngress ?? []) : [Properties ?? {}];
        if (!/^AWS::EC2::SecurityGroup(Ingress)?$/.test(Type)) return [];
        return rules
          .filter((rule: { CidrIp?: string; CidrIpv6?: string }) => rule.CidrIp ?? rule.CidrIpv6)
          .map((rule: { CidrIp: string; FromPort: number }) => `${id} ${rule.CidrIp} ${rule.FromPort}`);
      });
    expect(open).toEqual([
      expect.stringMatching(/^SecurityGroupsLoadBalancer\w+ 0\.0\.0\.0\/0 80$/),
      expect.stringMatching(/^SecurityGroupsLoadBalancer\w+ 0\.0\.0\.0\/0 443$/),
    ]);
  });

  test('no group lets in its own members, and dynos are reached by the services only', () => {
    const rules = properties(assembly(), 'AWS::EC2::SecurityGroupIngress').map(
      ({ GroupId, SourceSecurityGroupId, FromPort, ToPort }) =>
        `${readable(GroupId)} from ${readable(SourceSecurityGroupId)}: ${FromPort}-${ToPort}`.replace(
          /[0-9A-F]{8}\.GroupId/g,
          '',
        ),
    );
    expect(rules.sort()).toEqual([
      '<SecurityGroupsDynos> from <SecurityGroupsServices>: 5000-5000',
      '<SecurityGroupsMachines> from <SecurityGroupsServices>: 49152-65535',
      '<SecurityGroupsServices> from <SecurityGroupsDynos>: 24224-24224',
      '<SecurityGroupsServices> from <SecurityGroupsDynos>: 5001-5001',
      '<SecurityGroupsServices> from <SecurityGroupsLoadBalancer>: 5000-5000',
      '<SecurityGroupsServices> from <SecurityGroupsLoadBalancer>: 8080-8080',
      '<SecurityGroupsServices> from <SecurityGroupsMachines>: 24224-24224',
      '<SecurityGroupsServices> from <SecurityGroupsMachines>: 5001-5001',
    ]);
  });

  test('the services have no capability, no shell through ECS and no secret in their environment', () => {
    for (const { ContainerDefinitions } of properties(assembly(), 'AWS::ECS::TaskDefinition')) {
      const [container] = ContainerDefinitions;
      expect(container.LinuxParameters.Capabilities).toEqual({ Drop: ['ALL'] });
      expect(container.Privileged).toBeUndefined();
      expect(container.Secrets).toBeUndefined();
    }
    for (const { EnableExecuteCommand } of properties(assembly(), 'AWS::ECS::Service'))
      expect(EnableExecuteCommand).toBe(false);
  });

  test('only Dockerfile builds are privileged, and no two kinds of build share a role', () => {
    const projects = properties(assembly(), 'AWS::CodeBuild::Project');
    expect(projects.map(({ id, Environment }) => [id.replace(/Project.*/, ''), Environment.PrivilegedMode])).toEqual([
      ['buildpacksarm64', false],
      ['dockerfilearm64', true],
      ['buildpacksamd64', false],
      ['dockerfileamd64', true],
    ]);
    expect(new Set(projects.map(({ ServiceRole }) => readable(ServiceRole))).size).toBe(projects.length);
    for (const { VpcConfig } of projects) expect(VpcConfig).toBeUndefined();
  });

  test('buckets take TLS only and show nothing to the public', () => {
    const buckets = properties(assembly(), 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(2);
    for (const { PublicAccessBlockConfiguration } of buckets) {
      expect(Object.values(PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    }
    const policies = properties(assembly(), 'AWS::S3::BucketPolicy').map(({ PolicyDocument }) =>
      JSON.stringify(PolicyDocument),
    );
    for (const policy of policies) expect(policy).toContain('"aws:SecureTransport":"false"');
    expect(policies).toHaveLength(buckets.length);
  });

  test('config objects are encrypted with the key of the platform', () => {
    const [config] = properties(assembly(), 'AWS::S3::Bucket').filter(({ id }) => id.startsWith('BucketsConfig'));
    const [rule] = config.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule).toMatchObject({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
  });

  test('no output and no variable shows a secret', () => {
    const outputs = JSON.stringify(
      ['control', 'edge', 'data'].map((stack) => assembly().template(SMALL, stack as 'data').Outputs),
    );
    expect(outputs).not.toMatch(/resolve:secretsmanager|SecretString/);
    for (const { id, Environment } of properties(assembly(), 'AWS::Lambda::Function')) {
      expect(`${id} ${JSON.stringify(Environment ?? {})}`).not.toMatch(/resolve:secretsmanager/);
    }
  });
}
