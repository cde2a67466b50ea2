import { type Deployed, type Part, withoutHashes } from './deployed.ts';

/** Unfinished uploads cost until they are deleted. */
const UPLOADS = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }, Status: 'Enabled' };

const S3_KEY = { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
const platformKey = ({ at }: Deployed) => ({
  // One request to KMS for many objects.
  BucketKeyEnabled: true,
  ServerSideEncryptionByDefault: { KMSMasterKeyID: at.key, SSEAlgorithm: 'aws:kms' },
});

const LOGS = [
  'api',
  'api-access',
  'bootstrap',
  'builds',
  'certificates',
  'codebuild',
  'reconcile',
  'services',
  'task-events',
  'tick',
];

function bucket({ properties }: Part) {
  const { BucketEncryption, LifecycleConfiguration, LoggingConfiguration, ...more } = properties;
  expect(more).toEqual({
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
  const { DestinationBucketName, LogFilePrefix } = LoggingConfiguration ?? {};
  return {
    sealedBy: BucketEncryption.ServerSideEncryptionConfiguration[0],
    lifecycle: LifecycleConfiguration.Rules,
    ...(LoggingConfiguration === undefined ? {} : { logsTo: `${DestinationBucketName}/${LogFilePrefix}` }),
  };
}

/** What is kept, for how long, and under which key, for both profiles. */
export function keepingTests(small: () => Deployed, large: () => Deployed): void {
  test('minimal: every bucket keeps what it has, and throws away half an upload after a day', () => {
    expect(small().table('AWS::S3::Bucket', bucket)).toEqual({
      BucketsBlobs: { sealedBy: S3_KEY, lifecycle: [UPLOADS] },
      BucketsConfig: { sealedBy: platformKey(small()), lifecycle: [UPLOADS] },
    });
  });

  test('resilient: the same, and access logs of both are there for 90 days', () => {
    const name = large()
      .at.blobs.replace(/^arn:aws:s3:::/, '')
      .replace(/blobs\w+$/, 'accesslogs');
    const logsTo = (prefix: string) => expect.stringMatching(new RegExp(`^${name}[0-9a-f]{8}/s3/${prefix}/$`));
    expect(large().table('AWS::S3::Bucket', bucket)).toEqual({
      // The load balancer writes only to buckets under S3's own key.
      BucketsAccessLogs: { sealedBy: S3_KEY, lifecycle: [{ ...UPLOADS, ExpirationInDays: 90 }] },
      BucketsBlobs: { sealedBy: S3_KEY, lifecycle: [UPLOADS], logsTo: logsTo('blobs') },
      BucketsConfig: { sealedBy: platformKey(large()), lifecycle: [UPLOADS], logsTo: logsTo('config') },
    });
  });

  test.each([
    { profile: 'minimal', of: small, days: 14, logs: LOGS },
    { profile: 'resilient', of: large, days: 90, logs: [...LOGS, 'network'] },
  ])('$profile: every log is kept for $days days', ({ of, days, logs }) => {
    const groups = of().parts('AWS::Logs::LogGroup');
    const found = groups.map(({ properties }) => properties);
    const { stage } = of();
    expect(found.sort((a, b) => (a.LogGroupName < b.LogGroupName ? -1 : 1))).toEqual(
      [...logs].sort().map((log) => ({ LogGroupName: `/dynoform/${stage}/${log}`, RetentionInDays: days })),
    );
  });

  describe.each([
    { profile: 'minimal', of: small },
    { profile: 'resilient', of: large },
  ])('$profile', ({ of }) => {
    test('the one table: its keys, its index of what is due, its protection', () => {
      expect(of().part('AWS::DynamoDB::Table').properties).toEqual({
        AttributeDefinitions: expect.arrayContaining([
          { AttributeName: 'partition', AttributeType: 'S' },
          { AttributeName: 'sort', AttributeType: 'S' },
          { AttributeName: 'dueQueue', AttributeType: 'S' },
          { AttributeName: 'dueAtMs', AttributeType: 'N' },
        ]),
        KeySchema: [
          { AttributeName: 'partition', KeyType: 'HASH' },
          { AttributeName: 'sort', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'due',
            KeySchema: [
              { AttributeName: 'dueQueue', KeyType: 'HASH' },
              { AttributeName: 'dueAtMs', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        // AWS's own key: secrets in it are sealed before.
        SSESpecification: { SSEEnabled: false },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      });
    });

    test('the key turns every year, and can be had back for 30 days', () => {
      const { KeyPolicy: _, Description: __, ...key } = of().part('AWS::KMS::Key').properties;
      expect(key).toEqual({ EnableKeyRotation: true, PendingWindowInDays: 30 });
    });

    test('secrets are under that key; the first is of 64 random characters, the owner’s is empty', () => {
      const secrets = of().table('AWS::SecretsManager::Secret', ({ properties: { Description: _, ...told } }) => told);
      expect(secrets).toEqual({
        SigningSecret: {
          KmsKeyId: of().at.key,
          GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
        },
        OwnerToken: { KmsKeyId: of().at.key },
      });
    });

    test('images of slugs stay, and a tag is never another one; a replaced cache goes after three days', () => {
      const repositories = of().table('AWS::ECR::Repository', ({ properties }) => {
        const { LifecyclePolicy, ...more } = properties;
        return {
          ...more,
          ...(LifecyclePolicy === undefined ? {} : { rules: JSON.parse(LifecyclePolicy.LifecyclePolicyText).rules }),
        };
      });
      expect(repositories).toEqual({
        ImagesSlugs: {
          EmptyOnDelete: false,
          ImageScanningConfiguration: { ScanOnPush: true },
          ImageTagMutability: 'IMMUTABLE',
        },
        ImagesCaches: {
          EmptyOnDelete: false,
          rules: [
            expect.objectContaining({
              selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 3, countUnit: 'days' },
              action: { type: 'expire' },
            }),
          ],
        },
      });
    });

    test('who writes a log writes its own', () => {
      const logs = of().table('AWS::Lambda::Function', ({ properties }) =>
        withoutHashes(properties.LoggingConfig.LogGroup),
      );
      expect(logs).toEqual({
        FunctionsapiFunction: 'Logsapi',
        FunctionsreconcileFunction: 'Logsreconcile',
        FunctionstaskeventsFunction: 'Logstaskevents',
        FunctionstickFunction: 'Logstick',
        FunctionsbuildsFunction: 'Logsbuilds',
        FunctionscertificatesFunction: 'Logscertificates',
        FunctionsbootstrapFunction: 'Logsbootstrap',
        ProviderframeworkonEvent: 'Logsbootstrap',
      });
      for (const { properties } of of().parts('AWS::ECS::TaskDefinition')) {
        const [{ LogConfiguration }] = properties.ContainerDefinitions;
        expect(withoutHashes(LogConfiguration.Options['awslogs-group'])).toBe('Logsservices');
      }
      for (const { properties } of of().parts('AWS::CodeBuild::Project')) {
        expect(withoutHashes(properties.LogsConfig.CloudWatchLogs.GroupName)).toBe('Logscodebuild');
      }
      expect(withoutHashes(of().part('AWS::ApiGatewayV2::Stage').properties.AccessLogSettings.DestinationArn)).toMatch(
        /:log-group:Logsapiaccess:\*$/,
      );
    });
  });
}
