import { parse as parseYaml } from 'yaml';
import * as z from 'zod';
import { readAppManifest } from '../../../core/manifest/app-manifest.ts';
import type { BuildOutcome } from '../../../core/ports/builder.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import { imageProcesses } from './image-processes.ts';

/** The image's own configuration is most of it: layers, environment, a bill of materials. */
export const RESULT_BYTES_MAX = 4 * 1_024 * 1_024;

const text = z.string().max(1_024 * 1_024);
const schema = z.union([
  z.object({ failure: z.string().min(1).max(1_000) }),
  z.object({
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    /** The registry's manifest of the image and the image's configuration, unchanged. */
    manifest: z.object({
      config: z.object({ size: z.number().nonnegative() }),
      layers: z.array(z.object({ size: z.number().nonnegative() })).max(1_000),
    }),
    imageConfig: z.object({
      config: z
        .object({
          Labels: z.record(z.string(), text).nullish(),
          Entrypoint: z.array(z.string()).nullish(),
          Cmd: z.array(z.string()).nullish(),
        })
        .nullish(),
    }),
    /** Files of the source, base64. */
    appJson: text.nullish(),
    herokuYml: text.nullish(),
  }),
]);

type Slug = Extract<BuildOutcome, { status: 'succeeded' }>['slug'];

/** What the build knows of its slug. */
export type BuiltImage = Omit<Slug, 'artifact'> & { readonly digest: string };

/**
 * What a build reports of its image. The user's code ran in the same build, so everything is checked. A digest can only name
 * what that build could push: an image in the installation's own repository.
 */
export function readResult(json: string): Result<BuiltImage, string> {
  let content: unknown;
  try {
    content = JSON.parse(json);
  } catch {
    return err('The result of the build is not valid JSON.');
  }
  const { data } = schema.safeParse(content);
  if (data === undefined) return err('The result of the build cannot be read.');
  if ('failure' in data) return err(data.failure);
  const processes = imageProcesses(data.imageConfig.config ?? {}, herokuYmlRun(decoded(data.herokuYml)));
  if (!processes.ok) return processes;
  const appJson = decoded(data.appJson);
  const manifest = readAppManifest(appJson === undefined ? { kind: 'absent' } : { kind: 'file', text: appJson });
  if (!manifest.ok) return manifest;
  const { jobs } = manifest.value;
  const { layers, config } = data.manifest;
  return ok({
    digest: data.digest,
    sizeBytes: layers.reduce((sum, { size }) => sum + size, config.size),
    checksum: `SHA256:${data.digest.slice('sha256:'.length)}`,
    ...processes.value,
    ...(jobs.length === 0 ? {} : { cron: jobs }),
  });
}

const decoded = (base64: string | null | undefined): string | undefined =>
  base64 == null || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString();

const runSchema = z.object({
  run: z
    .record(z.string(), z.union([z.string(), z.object({ command: z.union([z.string(), z.array(z.string())]) })]))
    .nullish(),
});

/** The commands in `heroku.yml`; undefined when it is absent or unreadable. */
function herokuYmlRun(yml: string | undefined): Readonly<Record<string, string>> | undefined {
  if (yml === undefined) return undefined;
  let content: unknown;
  try {
    content = parseYaml(yml, { maxAliasCount: 10 });
  } catch {
    return undefined;
  }
  const run = runSchema.safeParse(content).data?.run;
  if (run == null) return undefined;
  return Object.fromEntries(
    Object.entries(run).map(([type, command]) => {
      if (typeof command === 'string') return [type, command];
      return [type, typeof command.command === 'string' ? command.command : command.command.join(' && ')];
    }),
  );
}
