import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Ids } from '../../../core/ports/ids.ts';
import type { Signer } from '../../../core/ports/signer.ts';
import { environmentFile, packVariables } from './pack-variables.ts';
import type { EcsRuntimeSettings } from './settings.ts';

export interface ConfigObjectParts {
  readonly s3: S3Client;
  readonly ids: Pick<Ids, 'sha256'>;
  readonly signer: Signer;
  readonly settings: EcsRuntimeSettings;
}

/** How many keys are remembered as written. */
const KNOWN_MAX = 10_000;

/**
 * Config vars where the ECS agent can fetch them for a dyno, and only for that dyno: one object per version, written once.
 * The name also contains a hash of the content, because a restored table can reuse a version number. The hash is signed,
 * so that a reader of names cannot find out a value by trying.
 */
export class ConfigObjects {
  readonly #parts: ConfigObjectParts;
  readonly #written = new Map<string, Promise<void>>();

  constructor(parts: ConfigObjectParts) {
    this.#parts = parts;
  }

  /** Returns the object's ARN. */
  async forRelease(appId: string, version: number, config: Readonly<Record<string, string>>): Promise<string> {
    return this.#keep(`config/${appId}/${version}`, packVariables('DYNO_CONFIG', config));
  }

  /** What only one dyno gets and what does not fit or belong in an override. */
  async forDyno(appId: string, dynoId: string, variables: Readonly<Record<string, string>>): Promise<string> {
    return this.#keep(`config/${appId}/dyno-${dynoId}`, variables);
  }

  async #keep(name: string, variables: Readonly<Record<string, string>>): Promise<string> {
    const { ids, signer, settings } = this.#parts;
    const body = environmentFile(variables);
    const digest = ids.sha256(signer.sign('config-object', ids.sha256(body), 0)).slice(0, 32);
    const key = `${name}-${digest}.env`;
    let written = this.#written.get(key);
    if (written === undefined) {
      written = this.#write(key, body);
      this.#written.set(key, written);
      written.catch(() => this.#written.delete(key));
      const [oldest] = this.#written.keys();
      if (this.#written.size > KNOWN_MAX && oldest !== undefined) this.#written.delete(oldest);
    }
    await written;
    return `arn:${partitionOf(settings.keyArn)}:s3:::${settings.configBucket}/${key}`;
  }

  async #write(key: string, body: string): Promise<void> {
    const { s3, settings } = this.#parts;
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: settings.configBucket,
          Key: key,
          Body: body,
          ContentType: 'text/plain',
          IfNoneMatch: '*',
          ServerSideEncryption: 'aws:kms',
          SSEKMSKeyId: settings.keyArn,
          BucketKeyEnabled: true,
        }),
      );
    } catch (error) {
      // 412: it exists. 409: another start is writing the same content; ECS reads it much later.
      const { name } = Object(error) as Partial<Error>;
      if (name !== 'PreconditionFailed' && name !== 'ConditionalRequestConflict') throw error;
    }
  }
}

const partitionOf = (arn: string): string => arn.split(':')[1] ?? 'aws';
