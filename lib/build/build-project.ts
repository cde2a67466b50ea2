import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import {
  BuildSpec,
  ComputeType,
  type IBuildImage,
  type IProject,
  LinuxArmBuildImage,
  LinuxBuildImage,
  Project,
} from 'aws-cdk-lib/aws-codebuild';
import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import { acknowledge } from '../acknowledge.ts';
import type { Architecture, StageConfig } from '../config/config.ts';
import type { DataStack } from '../data/data-stack.ts';

export type BuildKind = 'buildpacks' | 'dockerfile';

const COMPUTE: Readonly<Record<StageConfig['builds']['compute'], ComputeType>> = {
  small: ComputeType.SMALL,
  medium: ComputeType.MEDIUM,
  large: ComputeType.LARGE,
  xlarge: ComputeType.X_LARGE,
};

export interface BuildProjectProps {
  readonly stage: StageConfig;
  readonly kind: BuildKind;
  readonly architecture: Architecture;
  readonly data: DataStack;
}

/**
 * One kind of build on one architecture. What it builds is hostile: it has no network of ours, no key, and a role that can
 * only push images. Source and results go through URLs that the builds function signs.
 */
export class BuildProject extends Construct {
  readonly project: IProject;

  constructor(scope: Construct, id: string, { stage, kind, architecture, data }: BuildProjectProps) {
    super(scope, id);
    const logGroup = data.logs.of('codebuild');
    this.project = new Project(this, 'Project', {
      description: `Builds of apps: ${kind} on ${architecture}`,
      buildSpec: buildSpec(kind),
      role: buildRole(this, kind, data, logGroup),
      // It would let the role create reports with names of its choice.
      grantReportGroupPermissions: false,
      environment: {
        buildImage: buildImage(kind, architecture, stage.builds.builderImage),
        computeType: COMPUTE[stage.builds.compute],
        // Docker builds need a Docker daemon; buildpacks do not.
        privileged: kind === 'dockerfile',
      },
      timeout: Duration.minutes(stage.builds.timeoutMinutes),
      queuedTimeout: Duration.minutes(30),
      logging: { cloudWatch: { logGroup, prefix: `${kind}/${architecture}` } },
    }) as IProject;
    acknowledge(this.project, {
      'AwsSolutions-CB4':
        'Builds leave no artifacts with CodeBuild: images go to ECR, results to S3. The key of the platform opens config vars, which no build may.',
      ...(kind === 'buildpacks'
        ? { 'AwsSolutions-CB5': 'The builder of Cloud Native Buildpacks is an image of its own (builds.builderImage).' }
        : {}),
      ...(kind === 'dockerfile'
        ? {
            'AwsSolutions-CB3':
              'Docker builds need a Docker daemon; they have a project and a role of their own, which can only push images.',
          }
        : {}),
    });
  }
}

function buildRole(scope: Construct, kind: BuildKind, { repositories }: DataStack, logGroup: ILogGroup): IRole {
  const role = new Role(scope, 'Role', {
    assumedBy: new ServicePrincipal('codebuild.amazonaws.com'),
    description: `Builds of apps by ${kind}: push images`,
  });
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:GetDownloadUrlForLayer',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      resources: [repositories.slugs.repositoryArn, repositories.caches.repositoryArn],
    }),
  );
  role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
  logGroup.grantWrite(role);
  // The CDK would add log groups with CodeBuild's own names.
  return role.withoutPolicyUpdates();
}

function buildImage(kind: BuildKind, architecture: Architecture, builderImage: string): IBuildImage {
  if (kind === 'buildpacks') {
    return architecture === 'arm64'
      ? LinuxArmBuildImage.fromDockerRegistry(builderImage)
      : LinuxBuildImage.fromDockerRegistry(builderImage);
  }
  return architecture === 'arm64' ? LinuxArmBuildImage.AMAZON_LINUX_2023_STANDARD_4_0 : LinuxBuildImage.STANDARD_8_0;
}

function buildSpec(kind: BuildKind): BuildSpec {
  const path = fileURLToPath(new URL(`${kind}.yml`, import.meta.url));
  return BuildSpec.fromObjectToYaml(parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
}
