/** Linux gives up after 40 links in one path (ELOOP); such a link leads nowhere. */
const FOLLOWED_LINKS_MAX = 40;

/**
 * The first of `links` (path in the tree → target) that leads out of the tree when the other links are followed as the
 * file system would: `x -> a/b/link/..` looks harmless until `link` points upwards. Checked twice, because `A` and `a`
 * are one name on macOS and two on Linux.
 */
export function linkThatLeaves(links: ReadonlyMap<string, string>): string | undefined {
  const folded = new Map([...links].map(([path, target]) => [fold(path), target]));
  for (const [path, target] of links) {
    const directory = path.split('/').slice(0, -1);
    if (leaves(directory, target, links, (name) => name) || leaves(directory, target, folded, fold)) return path;
  }
  return undefined;
}

/**
 * The first of `links` whose path goes through another one. It would be made in another place than its path says, and
 * lead elsewhere than was checked. Tar makes no such archive: nothing is below a link.
 */
export function linkBelowLink(links: ReadonlyMap<string, string>): string | undefined {
  const all = new Set([...links.keys()].map(fold));
  return [...links.keys()].find((path) => {
    const steps = fold(path).split('/');
    return steps.some((_step, index) => index > 0 && all.has(steps.slice(0, index).join('/')));
  });
}

const fold = (path: string): string => path.normalize('NFC').toLowerCase();

function leaves(
  directory: readonly string[],
  target: string,
  links: ReadonlyMap<string, string>,
  key: (path: string) => string,
): boolean {
  const at = [...directory];
  const ahead = target.split('/').reverse();
  if (target.startsWith('/')) return true;
  let followed = 0;
  for (let step = ahead.pop(); step !== undefined; step = ahead.pop()) {
    if (step === '' || step === '.') continue;
    if (step === '..') {
      if (at.pop() === undefined) return true;
      continue;
    }
    const next = links.get(key([...at, step].join('/')));
    if (next === undefined) {
      at.push(step);
      continue;
    }
    if (next.startsWith('/')) return true;
    followed += 1;
    if (followed > FOLLOWED_LINKS_MAX) return false;
    ahead.push(...next.split('/').reverse());
  }
  return false;
}
