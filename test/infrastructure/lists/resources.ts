import type { Assembly, Stage } from '../assembly.ts';

/** All resources, by type. */
export function resources(assembly: Assembly, stage: Stage): string {
  const ids = new Map<string, string[]>();
  for (const [stack, id, { Type }] of assembly.all(stage)) {
    ids.set(Type, [...(ids.get(Type) ?? []), `  ${stack}/${id}`]);
  }
  return [...ids]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([type, of]) => [`${type}: ${of.length}`, ...of.sort()])
    .join('\n');
}
