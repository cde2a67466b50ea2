import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates have no types; a wrong path makes its test fail.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: string | readonly string[];
}
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}
export interface Finding {
  readonly ruleName: string;
  readonly violatingResources: readonly { readonly constructPath: string }[];
}

export const STACKS = ['network', 'data', 'edge', 'capacity', 'build', 'control', 'services', 'observability'] as const;
export type StackName = (typeof STACKS)[number];
export type Stage = 'small-us-east-1' | 'large-us-east-1' | 'special-eu-central-1';

const root = join(__dirname, '../..');

/** Templates of `stages.ts`, made once. */
export class Assembly {
  readonly #directory = mkdtempSync(join(tmpdir(), 'dynoform-synth-'));
  readonly #templates = new Map<string, Template>();

  constructor() {
    execFileSync(process.execPath, ['--import', 'tsx', join(__dirname, 'synthesize.ts'), this.#directory], {
      cwd: root,
      env: { ...process.env, CDK_DISABLE_STACK_TRACE: '1', CDK_VALIDATION: 'false' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  text(stage: Stage, stack: StackName, run: 'first' | 'again' = 'first'): string {
    const platform = `dynoform-${stage}`;
    const folder = join(this.#directory, run, `assembly-${platform}`);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const artifact = Object.values<{ type: string; displayName?: string; properties: { templateFile: string } }>(
      manifest.artifacts,
    ).find(({ type, displayName }) => type === 'aws:cloudformation:stack' && displayName?.endsWith(`/${stack}`));
    if (artifact === undefined) throw new Error(`no stack ${stack}`);
    return readFileSync(join(folder, artifact.properties.templateFile), 'utf8');
  }

  template(stage: Stage, stack: StackName): Template {
    const name = `${stage}/${stack}`;
    const template = this.#templates.get(name) ?? JSON.parse(this.text(stage, stack));
    this.#templates.set(name, template);
    return template;
  }

  /** Of all stacks of a stage, as [stack, logical id, resource]. */
  all(stage: Stage, type?: string): (readonly [StackName, string, Resource])[] {
    return STACKS.flatMap((stack) =>
      Object.entries(this.template(stage, stack).Resources)
        .filter(([, resource]) => type === undefined || resource.Type === type)
        .map(([id, resource]) => [stack, id, resource] as const),
    );
  }

  findings(): readonly Finding[] {
    return JSON.parse(readFileSync(join(this.#directory, 'findings.json'), 'utf8'));
  }

  stackProperties(stage: Stage, stack: StackName): { readonly terminationProtection?: boolean } {
    const folder = join(this.#directory, 'first', `assembly-dynoform-${stage}`);
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    return Object.values<{ displayName?: string; properties: { terminationProtection?: boolean } }>(
      manifest.artifacts,
    ).find(({ displayName }) => displayName?.endsWith(`/${stack}`))?.properties as never;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Without parts that change with every change of code: hashes of assets. */
export function masked(text: string): string {
  return text.replace(/[0-9a-f]{64}/g, '<hash>');
}

/** A readable ARN or name: intrinsic functions become the names that they refer to, in angle brackets. */
export function readable(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(readable).join(', ');
  const [[name, argument] = []] = Object.entries(Object(value) as Record<string, unknown>);
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(readable).join(separator);
  }
  if (name === 'Fn::ImportValue')
    return `<${String(argument).replace(/^.*-(\w+):ExportsOutput(?:Ref|FnGetAtt)/, '$1/')}>`;
  if (name === 'Fn::Base64' || name === 'Fn::Sub') return readable(argument);
  return JSON.stringify(value);
}
