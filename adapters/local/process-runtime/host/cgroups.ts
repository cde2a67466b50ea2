import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StartOrder } from '../messages.ts';

/** Heroku stops a dyno that uses twice its quota (Dev Center: Error Codes, R15). */
const MEMORY_LIMIT_FACTOR = 2;
const MIB = 1024 * 1024;

/** One dyno's control groups: limits for every process that the dyno starts, in any session. */
export class DynoCgroup {
  readonly #directories: Directories;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /**
   * Shell lines with which a process joins before it runs anything: an earlier child would stay outside. Joining can take 15 ms
   * while the kernel waits for readers of its tables; here only the dyno itself waits for it.
   */
  joinScript(): string {
    const directories = [...new Set(Object.values(this.#directories.path))];
    return directories.map((directory) => `echo $$ > '${directory}/cgroup.procs' || exit 126`).join('\n');
  }

  processes(): readonly number[] {
    const text = read(join(this.#directories.path.pids, 'cgroup.procs'));
    return text.split('\n').filter(Boolean).map(Number);
  }

  /** Resident and swapped memory without the page cache, which the kernel reclaims when needed. */
  usedBytes(): number {
    const stat = read(join(this.#directories.path.memory, 'memory.stat'));
    const field = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(stat)?.[1] ?? 0);
    if (this.#directories.version === 1) return field('total_rss') + field('total_swap');
    return field('anon') + Number(read(join(this.#directories.path.memory, 'memory.swap.current')) || 0);
  }

  wasOutOfMemory(): boolean {
    const file = this.#directories.version === 1 ? 'memory.oom_control' : 'memory.events';
    const kills = /^oom_kill (\d+)/m.exec(read(join(this.#directories.path.memory, file)))?.[1];
    return Number(kills ?? 0) > 0;
  }

  /** False while a process is still leaving. */
  remove(): boolean {
    return removeAll(this.#directories);
  }
}

interface Directories {
  readonly version: 1 | 2;
  readonly path: { readonly memory: string; readonly pids: string; readonly cpu: string };
}

/** The platform's own place among the machine's control groups. */
export class Cgroups {
  readonly #root: Directories;

  private constructor(root: Directories) {
    this.#root = root;
  }

  /** Undefined where this process may not make control groups with memory and process limits. */
  static open(dataDirectory: string): Cgroups | undefined {
    if (process.platform !== 'linux') return undefined;
    const name = `dynoform-${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 12)}`;
    for (const find of [version1, version2]) {
      try {
        const root = find(name);
        if (root !== undefined) return new Cgroups(root);
      } catch {
        // Not mounted, read-only or not ours: try the other version.
      }
    }
    return undefined;
  }

  async create(name: string, size: StartOrder['size']): Promise<DynoCgroup> {
    const dyno = below(this.#root, name);
    const { memory, pids, cpu } = dyno.path;
    const limitBytes = String(size.memoryMiB * MEMORY_LIMIT_FACTOR * MIB);
    await Promise.all([...new Set([memory, pids, cpu])].map((directory) => mkdir(directory, { recursive: true })));
    const writes = [writeFile(join(pids, 'pids.max'), String(size.processLimit))];
    if (dyno.version === 1) {
      const shares = String(Math.min(262_144, Math.max(2, size.memoryMiB * 2)));
      writes.push(writeFile(join(cpu, 'cpu.shares'), shares));
      const limited = writeFile(join(memory, 'memory.limit_in_bytes'), limitBytes);
      // The limit with swap must not be below the one without; kernels without swap accounting do not have the file.
      const withSwap = join(memory, 'memory.memsw.limit_in_bytes');
      writes.push(existsSync(withSwap) ? limited.then(() => writeFile(withSwap, limitBytes)) : limited);
    } else {
      writes.push(writeFile(join(memory, 'memory.max'), limitBytes));
      if (existsSync(join(memory, 'memory.swap.max'))) writes.push(writeFile(join(memory, 'memory.swap.max'), '0'));
      const weight = Math.min(10_000, Math.max(1, Math.round((size.memoryMiB * 100) / 512)));
      if (existsSync(join(cpu, 'cpu.weight'))) writes.push(writeFile(join(cpu, 'cpu.weight'), String(weight)));
    }
    await Promise.all(writes);
    return new DynoCgroup(dyno);
  }

  /** Groups that an earlier run left. */
  leftovers(): readonly DynoCgroup[] {
    const names = new Set(Object.values(this.#root.path).flatMap(subdirectories));
    return [...names].map((name) => new DynoCgroup(below(this.#root, name)));
  }

  close(): void {
    removeAll(this.#root);
  }
}

const below = (root: Directories, name: string): Directories => ({
  version: root.version,
  path: { memory: join(root.path.memory, name), pids: join(root.path.pids, name), cpu: join(root.path.cpu, name) },
});

/** One hierarchy per controller, each below this process's own group, so that limits of a container still apply. */
function version1(name: string): Directories | undefined {
  const own = new Map<string, string>();
  for (const line of read('/proc/self/cgroup').split('\n')) {
    const [, controllers = '', path = ''] = line.split(':');
    for (const controller of controllers.split(',')) own.set(controller, path);
  }
  const mounts = cgroupMounts('cgroup');
  const place = (controller: string): string | undefined => {
    const mount = mounts.find(({ options }) => options.includes(controller));
    if (mount === undefined) return undefined;
    const parent = join(mount.point, own.get(controller) ?? '');
    const directory = join(existsSync(parent) ? parent : mount.point, name);
    mkdirSync(directory, { recursive: true });
    return directory;
  };
  const memory = place('memory');
  const pids = place('pids');
  const cpu = place('cpu');
  if (memory === undefined || pids === undefined || cpu === undefined) return undefined;
  return { version: 1, path: { memory, pids, cpu } };
}

/** One hierarchy; only a group without processes of its own (or the root) may pass controllers on to its children. */
function version2(name: string): Directories | undefined {
  const mount = cgroupMounts('cgroup2')[0];
  if (mount === undefined) return undefined;
  const ownPath = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '';
  const own = join(mount.point, ownPath);
  const parent = existsSync(own) ? own : mount.point;
  const directory = join(parent, name);
  const handOn = (group: string) => writeFileSync(join(group, 'cgroup.subtree_control'), '+memory +pids +cpu');
  handOn(parent);
  mkdirSync(directory, { recursive: true });
  handOn(directory);
  return { version: 2, path: { memory: directory, pids: directory, cpu: directory } };
}

function cgroupMounts(type: string): readonly { readonly point: string; readonly options: readonly string[] }[] {
  return read('/proc/self/mountinfo')
    .split('\n')
    .map((line) => line.split(' '))
    .map((fields) => ({ fields, separator: fields.indexOf('-') }))
    .filter(({ fields, separator }) => separator > 0 && fields[separator + 1] === type)
    .map(({ fields, separator }) => ({
      point: fields[4] as string,
      options: (fields[separator + 3] ?? '').split(','),
    }));
}

function removeAll(directories: Directories): boolean {
  let removed = true;
  for (const directory of new Set(Object.values(directories.path))) {
    try {
      rmdirSync(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') removed = false;
    }
  }
  return removed;
}

function subdirectories(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
