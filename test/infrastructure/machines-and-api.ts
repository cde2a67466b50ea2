import { type Deployed, withoutHashes } from './deployed.ts';

const DAY_SECONDS = 24 * 60 * 60;

/** Machines that start and end with dynos, and the API's entry: what else of the templates users would notice. */
export function machineAndApiTests(small: () => Deployed, large: () => Deployed): void {
  describe.each([
    { profile: 'minimal', of: small, targetPercent: 100, types: ['t4g.medium', 't3.medium'] },
    { profile: 'resilient', of: large, targetPercent: 66, types: ['m7g.large', 'm7i.large'] },
  ])('$profile', ({ of, targetPercent, types }) => {
    test('machines are of these types, with the disk that slugs share, and live for two weeks at most', () => {
      const templates = of()
        .parts('AWS::EC2::LaunchTemplate')
        .map(({ properties: { LaunchTemplateData } }) => [
          LaunchTemplateData.InstanceType,
          LaunchTemplateData.BlockDeviceMappings,
        ]);
      const disk = [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, VolumeSize: 60, VolumeType: 'gp3' } }];
      expect(templates).toEqual(types.map((type) => [type, disk]));
      for (const { properties } of of().parts('AWS::AutoScaling::AutoScalingGroup')) {
        expect(properties).toMatchObject({
          MaxInstanceLifetime: 14 * DAY_SECONDS,
          // Dynos do not move by themselves: only a machine without dynos may be removed.
          NewInstancesProtectedFromScaleIn: true,
        });
      }
    });

    test('ECS starts machines as dynos need them, drains them, and ends none that has dynos', () => {
      for (const { properties } of of().parts('AWS::ECS::CapacityProvider')) {
        const { AutoScalingGroupArn: _, ...provider } = properties.AutoScalingGroupProvider;
        expect(provider).toEqual({
          ManagedDraining: 'ENABLED',
          ManagedScaling: { InstanceWarmupPeriod: 60, Status: 'ENABLED', TargetCapacity: targetPercent },
          ManagedTerminationProtection: 'ENABLED',
        });
      }
      const { properties } = of().part('AWS::ECS::ClusterCapacityProviderAssociations');
      expect(properties.CapacityProviders.map(withoutHashes)).toEqual([
        'FARGATE',
        'FARGATE_SPOT',
        'GravitonProvider',
        'X86Provider',
      ]);
    });

    test('builds end by themselves, and leave nothing with CodeBuild', () => {
      for (const { properties } of of().parts('AWS::CodeBuild::Project')) {
        expect(properties).toMatchObject({
          TimeoutInMinutes: 30,
          QueuedTimeoutInMinutes: 30,
          Artifacts: { Type: 'NO_ARTIFACTS' },
          Environment: { ComputeType: 'BUILD_GENERAL1_MEDIUM' },
        });
      }
    });

    test('every request to the API is the function’s, and more than 200 a second are refused', () => {
      const { properties: integration } = of().part('AWS::ApiGatewayV2::Integration');
      expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
      expect(withoutHashes(integration.IntegrationUri)).toMatch(/:FunctionsapiFunction$/);
      const { properties: stage } = of().part('AWS::ApiGatewayV2::Stage');
      expect(stage).toMatchObject({
        StageName: '$default',
        AutoDeploy: true,
        DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
      });
      // A query may contain a secret.
      expect(stage.AccessLogSettings.Format).not.toMatch(/query|rawPath/i);
    });
  });
}
