import type { Assembly, Stage } from './assembly.ts';
import { Landmarks, stacksOf } from './permissions/landmarks.ts';
import type { Stacks } from './permissions/stacks.ts';

export interface Part {
  /** The logical id without the hash that the CDK adds. */
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  // biome-ignore lint/suspicious/noExplicitAny: templates have no types; a wrong path makes its test fail.
  readonly properties: any;
}

/** A stage as if it was deployed: references between resources are followed to the resource that they name. */
export class Deployed {
  readonly stage: string;
  readonly region: string;
  readonly stacks: Stacks;
  readonly at: Landmarks;
  readonly #parts = new Map<string, readonly Part[]>();

  constructor(assembly: Assembly, stage: Stage) {
    const [, name = '', region = ''] = /^([a-z]+)-(.+)$/.exec(stage) ?? [];
    this.stage = name;
    this.region = region;
    this.stacks = stacksOf(assembly, stage);
    this.at = new Landmarks(this.stacks, name);
  }

  parts(type: string): readonly Part[] {
    const known = this.#parts.get(type);
    if (known !== undefined) return known;
    const parts = this.stacks.ofType(type).map(({ stack, id, properties, arn }) => {
      const { Tags: _, ...told } = this.stacks.resolve(stack, properties);
      return { name: withoutHashes(id), id, arn, properties: told };
    });
    this.#parts.set(type, parts);
    return parts;
  }

  /** The only part for which this holds. */
  part(type: string, holds: (part: Part) => boolean = () => true): Part {
    const [found, ...more] = this.parts(type).filter(holds);
    if (found === undefined || more.length > 0) {
      throw new Error(`${more.length + (found === undefined ? 0 : 1)} resources ${type} of which it holds`);
    }
    return found;
  }

  /** A table with one row for each resource of a type, by name. */
  table<T>(type: string, row: (part: Part) => T): Readonly<Record<string, T>> {
    return Object.fromEntries(this.parts(type).map((part) => [part.name, row(part)]));
  }
}

/** Logical ids without hashes: `Queuesnudge9417609A.QueueName` becomes `Queuesnudge.QueueName`. */
export function withoutHashes(text: string): string {
  return text.replace(/(?<=[A-Za-z])[0-9A-F]{8}(?![A-Za-z0-9])/g, '');
}
