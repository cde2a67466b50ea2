import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Asked } from '../../infrastructure/permissions/decide.ts';
import { type Role, Roles } from '../../infrastructure/permissions/roles.ts';
import { type DeployedStack, Stacks } from '../../infrastructure/permissions/stacks.ts';

interface Call {
  readonly role: string;
  readonly service: string;
  readonly operation?: string;
  readonly parameters?: unknown;
  readonly asked?: readonly Asked[];
  readonly problem?: string;
}

/** One emulator's recording of a session (test/aws/emulator/recording.py). */
export class Recording {
  readonly calls: readonly Call[];
  readonly stacks: Stacks;
  readonly roles: Roles;

  constructor(file: string) {
    const read = (kind: string) => readFileSync(`${file}.${kind}`, 'utf8');
    this.calls = read('calls.jsonl')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
    this.stacks = new Stacks(JSON.parse(read('account.json')) as DeployedStack[]);
    this.roles = new Roles(this.stacks);
  }

  static in(directory: string): Recording[] {
    const files = readdirSync(directory).filter((name) => name.endsWith('.calls.jsonl'));
    return files.map((name) => new Recording(path.join(directory, name.slice(0, -'.calls.jsonl'.length))));
  }

  /** Each call once, by role. */
  asked(): ReadonlyMap<Role, readonly Asked[]> {
    const roles = new Map(this.roles.all.map((role) => [role.arn.replace(/^.*\//, ''), role]));
    const found = new Map<Role, Map<string, Asked>>();
    for (const { role: name, asked = [] } of this.calls) {
      const role = roles.get(name);
      if (role === undefined) throw new Error(`a call of ${name}, which is a role of no stack`);
      const ofRole = found.get(role) ?? new Map<string, Asked>();
      for (const one of asked) ofRole.set(JSON.stringify(one), one);
      found.set(role, ofRole);
    }
    return new Map([...found].map(([role, asked]) => [role, [...asked.values()]]));
  }
}
