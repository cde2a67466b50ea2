import * as z from 'zod';
import { err, ok, type Result } from '../../../core/result.ts';

export interface ImageProcesses {
  readonly processTypes: Readonly<Record<string, string>>;
  readonly buildpackDescription: string;
  readonly buildpacks: readonly string[];
}

interface ImageConfig {
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
}

/** The label that the launcher reads (Cloud Native Buildpacks Platform Interface Specification). */
const LABEL = 'io.buildpacks.build.metadata';

const schema = z.object({
  buildpacks: z.array(z.object({ id: z.string() })).nullish(),
  processes: z
    .array(
      z.object({
        type: z.string(),
        /** A list since platform API 0.10. */
        command: z.union([z.string(), z.array(z.string())]).nullish(),
        args: z.array(z.string()).nullish(),
        direct: z.boolean().nullish(),
      }),
    )
    .nullish(),
});

type Process = NonNullable<z.infer<typeof schema>['processes']>[number];

/** The commands of an image's processes: recorded by buildpacks, given by `heroku.yml`, or the image's own. */
export function imageProcesses(
  { Labels, Entrypoint, Cmd }: ImageConfig,
  run: Readonly<Record<string, string>> | undefined,
): Result<ImageProcesses, string> {
  const label = Labels?.[LABEL];
  if (label === undefined) {
    const words = [...(Entrypoint ?? []), ...(Cmd ?? [])];
    const own = words.length === 0 ? undefined : { web: shellWords(words) };
    const processTypes = run ?? own;
    if (processTypes === undefined)
      return err('The image has no command: set CMD in the Dockerfile, or run in heroku.yml.');
    return ok({ processTypes, buildpackDescription: 'Dockerfile', buildpacks: [] });
  }
  let content: unknown;
  try {
    content = JSON.parse(label);
  } catch {
    content = undefined;
  }
  const { data } = schema.safeParse(content);
  if (data === undefined) return err('The build metadata of the image cannot be read.');
  const ids = (data.buildpacks ?? []).map(({ id }) => id);
  return ok({
    processTypes: Object.fromEntries((data.processes ?? []).map((process) => [process.type, commandOf(process)])),
    buildpackDescription: ids.find((id) => id !== 'heroku/procfile') ?? ids[0] ?? '',
    buildpacks: [],
  });
}

/** The Procfile buildpack wraps each line in `bash -c`, which is how dynos run commands anyway. */
function commandOf({ command, args, direct }: Process): string {
  const words = [...(Array.isArray(command) ? command : command == null ? [] : [command]), ...(args ?? [])];
  const [shell, flag, line] = words;
  if (words.length === 3 && line !== undefined && flag === '-c' && /(^|\/)bash$/.test(shell ?? '')) return line;
  if (direct === false && typeof command === 'string' && (args ?? []).length === 0) return command;
  return shellWords(words);
}

function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
