import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Asked } from '../../infrastructure/permissions/decide.ts';
import { Roles } from '../../infrastructure/permissions/roles.ts';
import { type DeployedStack, Stacks } from '../../infrastructure/permissions/stacks.ts';

interface Call {
  readonly role: string;
  readonly service: string;
  readonly operation?: string;
  readonly asked?: readonly Asked[];
  readonly problem?: string;
}

/** What one emulator has kept of a session (test/aws/emulator/recording.py). */
export class Recording {
  readonly calls: readonly Call[];
  readonly stacks: Stacks;
  readonly roles: Roles;

  constructor(file: string) {
    const read = (kind: string) => readFileSync(`${file}.${kind}`, 'utf8');
    this.calls = read('calls.jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const stacks: DeployedStack[] = JSON.parse(read('account.json'));
    // The CDK's own is made from YAML, and no role of it is ours.
    this.stacks = new Stacks(stacks.filter(({ template }) => 'Resources' in template));
    this.roles = new Roles(this.stacks);
  }

  static in(directory: string): Recording[] {
    const files = readdirSync(directory).filter((name) => name.endsWith('.calls.jsonl'));
    return files.map((name) => new Recording(path.join(directory, name.slice(0, -'.calls.jsonl'.length))));
  }

  /** Each once, by the name of its role. */
  asked(): ReadonlyMap<string, readonly Asked[]> {
    const names = new Map(this.roles.all.map(({ arn, name }) => [arn.replace(/^.*\//, ''), name]));
    const found = new Map<string, Map<string, Asked>>();
    for (const { role, asked = [] } of this.calls) {
      const name = names.get(role);
      if (name === undefined) continue;
      const ofRole = found.get(name) ?? new Map<string, Asked>();
      for (const one of asked) ofRole.set(JSON.stringify(one), one);
      found.set(name, ofRole);
    }
    return new Map([...found].map(([name, asked]) => [name, [...asked.values()]]));
  }
}
