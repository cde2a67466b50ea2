import { type Deployed, withoutHashes } from './deployed.ts';
import { runningServices } from './variables.ts';

interface KeyValue {
  readonly Key: string;
  readonly Value: string;
}
const attributes = (list: readonly KeyValue[]) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));

/** From the visitor to the port on which something answers. */
export function trafficTests(small: () => Deployed, large: () => Deployed): void {
  describe.each([
    { profile: 'minimal', of: small },
    { profile: 'resilient', of: large },
  ])('$profile', ({ of }) => {
    const targetGroup = (id: string) => of().part('AWS::ElasticLoadBalancingV2::TargetGroup', (part) => part.id === id);

    test('who registers for the apps listens where the router does; who registers for the rest, where the services do', () => {
      const registered = runningServices(of()).flatMap(({ properties, ports, container }) =>
        (properties.LoadBalancers as { ContainerPort: number; ContainerName: string; TargetGroupArn: string }[]).map(
          ({ ContainerPort, ContainerName, TargetGroupArn }) => {
            expect(ContainerName).toBe(container.Name);
            expect(container.PortMappings).toContainEqual({ ContainerPort, Protocol: 'tcp' });
            const { name, properties: group } = targetGroup(TargetGroupArn);
            // A target has the port of its registration; the group's own is only a default, and must be the same.
            expect(group.Port).toBe(ContainerPort);
            const [listener] = Object.entries(ports).find(([, port]) => port === ContainerPort) ?? [];
            return `${name}: ${listener}`;
          },
        ),
      );
      expect(registered.sort()).toEqual(['Router: router', 'Services: services']);
    });

    test('health is asked for on the port on which the services tell it, and two answers count', () => {
      const [{ ports } = { ports: undefined }] = runningServices(of());
      const groups = of().table('AWS::ElasticLoadBalancingV2::TargetGroup', ({ properties }) => {
        const { Port: _, VpcId: __, TargetGroupAttributes, ...more } = properties;
        return { ...more, ...attributes(TargetGroupAttributes) };
      });
      const asked = {
        Protocol: 'HTTP',
        TargetType: 'ip',
        HealthCheckPort: String(ports?.services),
        HealthCheckPath: '/health',
        HealthCheckProtocol: 'HTTP',
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
        'deregistration_delay.timeout_seconds': '60',
        'load_balancing.algorithm.type': 'least_outstanding_requests',
        'stickiness.enabled': 'false',
      };
      expect(groups).toEqual({ Router: asked, Services: asked });
    });

    test('the load balancer reaches every port that it is to ask', () => {
      const asked = of()
        .parts('AWS::ElasticLoadBalancingV2::TargetGroup')
        .flatMap(({ properties }) => [Number(properties.Port), Number(properties.HealthCheckPort)]);
      const [{ SecurityGroups: balancer }] = [
        of().part('AWS::ElasticLoadBalancingV2::LoadBalancer').properties as { SecurityGroups: readonly string[] },
      ];
      for (const { properties } of of().parts('AWS::ECS::Service')) {
        const [services] = properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups;
        const out = of()
          .parts('AWS::EC2::SecurityGroupEgress')
          .filter((one) => one.properties.GroupId === balancer[0])
          .filter((one) => one.properties.DestinationSecurityGroupId === services)
          .map((one) => one.properties.FromPort);
        const into = of()
          .parts('AWS::EC2::SecurityGroupIngress')
          .filter((one) => one.properties.GroupId === services)
          .filter((one) => one.properties.SourceSecurityGroupId === balancer[0])
          .map((one) => one.properties.FromPort);
        expect(new Set(out)).toEqual(new Set(asked));
        expect(new Set(into)).toEqual(new Set(asked));
      }
    });

    test('a container maps the ports of what it runs, and no other', () => {
      for (const { roles, ports, container } of runningServices(of())) {
        const listens = [
          ports.services,
          ...(roles.includes('router') ? [ports.router] : []),
          ...(roles.includes('logs') ? [ports.forward] : []),
          ...(roles.includes('rendezvous') ? [ports.attach] : []),
        ];
        expect(container.PortMappings).toEqual(listens.map((port) => ({ ContainerPort: port, Protocol: 'tcp' })));
      }
    });

    test('a service is replaced without a gap, by a new one that is healthy, or not at all', () => {
      const services = of().table('AWS::ECS::Service', ({ properties }) => {
        const { LoadBalancers: _, NetworkConfiguration: __, TaskDefinition: ___, ...more } = properties;
        const { ServiceRegistries: ____, DesiredCount: _____, ...same } = more;
        return { ...same, Cluster: withoutHashes(same.Cluster) };
      });
      for (const service of Object.values(services)) {
        expect(service).toEqual({
          CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Weight: 1 }],
          Cluster: 'Cluster',
          DeploymentConfiguration: {
            DeploymentCircuitBreaker: { Enable: true, Rollback: true },
            MaximumPercent: 200,
            MinimumHealthyPercent: 100,
          },
          EnableECSManagedTags: false,
          EnableExecuteCommand: false,
          HealthCheckGracePeriodSeconds: 60,
        });
      }
    });

    test('a task has two minutes to end what it holds', () => {
      for (const { container } of runningServices(of())) {
        const { StopTimeout, Ulimits, Essential } = container;
        expect({ StopTimeout, Ulimits, Essential }).toEqual({
          StopTimeout: 120,
          Ulimits: [{ Name: 'nofile', SoftLimit: 65_536, HardLimit: 65_536 }],
          Essential: true,
        });
      }
    });
  });

  test.each([
    { profile: 'minimal', of: small, more: {} },
    {
      profile: 'resilient',
      of: large,
      more: {
        'access_logs.s3.enabled': 'true',
        'access_logs.s3.bucket': expect.stringMatching(/^bucketsaccesslogs/),
        'access_logs.s3.prefix': 'load-balancer',
      },
    },
  ])(
    '$profile: the load balancer outwaits the router, keeps the name that was asked for, and is not deleted by mistake',
    ({ of, more }) => {
      const { properties } = of().part('AWS::ElasticLoadBalancingV2::LoadBalancer');
      expect(properties.Scheme).toBe('internet-facing');
      expect(attributes(properties.LoadBalancerAttributes)).toEqual({
        'deletion_protection.enabled': 'true',
        'idle_timeout.timeout_seconds': '120',
        'routing.http.preserve_host_header.enabled': 'true',
        ...more,
      });
    },
  );

  const listens = (deployed: Deployed) =>
    deployed.table('AWS::ElasticLoadBalancingV2::Listener', ({ properties }) => {
      const { Port, Protocol, SslPolicy, DefaultActions, Certificates } = properties;
      const [{ Type, TargetGroupArn }] = DefaultActions;
      return [Protocol, Port, `${Type} ${withoutHashes(TargetGroupArn)}`, SslPolicy, Certificates?.length];
    });
  const rules = (deployed: Deployed) =>
    deployed.table('AWS::ElasticLoadBalancingV2::ListenerRule', ({ properties }) => {
      const [{ Type, TargetGroupArn, RedirectConfig }] = properties.Actions;
      return [Type, TargetGroupArn === undefined ? RedirectConfig : withoutHashes(TargetGroupArn)];
    });

  test('minimal: what is not for the services goes to the router, without TLS', () => {
    expect(listens(small())).toEqual({
      LoadBalancerHttp: ['HTTP', 80, 'forward Router', undefined, undefined],
    });
    expect(rules(small())).toEqual({ LoadBalancerHttpServicesRule: ['forward', 'Services'] });
  });

  test('resilient: with TLS too; the services, whose requests have tokens, only with it', () => {
    expect(listens(large())).toEqual({
      LoadBalancerHttp: ['HTTP', 80, 'forward Router', undefined, undefined],
      LoadBalancerHttps: ['HTTPS', 443, 'forward Router', 'ELBSecurityPolicy-TLS13-1-2-2021-06', 1],
    });
    expect(rules(large())).toEqual({
      LoadBalancerHttpServicesOverTlsRule: ['redirect', { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' }],
      LoadBalancerHttpsServicesRule: ['forward', 'Services'],
    });
  });

  test.each([
    { profile: 'minimal', of: small, sizes: { AllTask: ['256', '512'] } },
    { profile: 'resilient', of: large, sizes: { RoutersTask: ['512', '1024'], OthersTask: ['512', '1024'] } },
  ])('$profile: CPU units and MiB of each task, on Graviton', ({ of, sizes }) => {
    const found = of().table('AWS::ECS::TaskDefinition', ({ properties }) => {
      expect(properties.RuntimePlatform).toEqual({ CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' });
      return [properties.Cpu, properties.Memory];
    });
    expect(found).toEqual(sizes);
  });
}
