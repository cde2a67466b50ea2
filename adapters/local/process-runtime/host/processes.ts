import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';

export interface ProcessOfDyno {
  readonly pid: number;
  /** Its process group; a signal to the dyno's group reaches the group that the dyno's first process leads. */
  readonly group: number;
}

/**
 * Every live process of every dyno below `dynosDirectory`, by the name of the dyno's directory. On Linux a dyno's process is
 * recognized by `HOME` or `TMPDIR` in its environment, also after it left the group with setsid. A process that cleared its
 * environment is recognized by its working directory if it has no terminal, which spares the shell of somebody who inspects
 * the directory. Elsewhere only descendants and groups can be recognized (`leaders`: directory name by the pid of the dyno's
 * first process).
 */
export function processesOfDynos(
  dynosDirectory: string,
  leaders: ReadonlyMap<number, string>,
): Map<string, ProcessOfDyno[]> {
  const found = new Map<string, ProcessOfDyno[]>();
  const add = (dyno: string, process: ProcessOfDyno) => {
    const known = found.get(dyno);
    if (known === undefined) found.set(dyno, [process]);
    else known.push(process);
  };
  if (process.platform === 'linux') fromProc(dynosDirectory, leaders, add);
  else fromPs(leaders, add);
  return found;
}

type Add = (dyno: string, process: ProcessOfDyno) => void;

function fromProc(dynosDirectory: string, leaders: ReadonlyMap<number, string>, add: Add): void {
  const prefix = `${dynosDirectory}/`;
  const marks = [Buffer.from(`HOME=${prefix}`), Buffer.from(`TMPDIR=${prefix}`)];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const stat = procStat(pid);
      // A zombie is dead already; it only waits for its parent.
      if (stat === undefined || stat.state === 'Z' || stat.state === 'X') continue;
      const dyno =
        leaders.get(stat.session) ??
        fromEnvironment(readSmall(`/proc/${pid}/environ`), marks) ??
        (stat.terminal === 0 ? directoryName(readlinkSync(`/proc/${pid}/cwd`), prefix) : undefined);
      if (dyno !== undefined) add(dyno, { pid, group: stat.group });
    } catch {
      // It ended meanwhile, or belongs to another user, which no dyno can become.
    }
  }
}

interface ProcStat {
  readonly state: string;
  readonly group: number;
  readonly session: number;
  readonly terminal: number;
  readonly startTicks: string;
}

/** proc(5): the command is in parentheses and may contain anything, so fields count from the last one. */
export function procStat(pid: number): ProcStat | undefined {
  const text = readSmall(`/proc/${pid}/stat`).toString('latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, , group, session, terminal] = fields;
  const startTicks = fields[19];
  if (state === undefined || startTicks === undefined) return undefined;
  return { state, group: Number(group), session: Number(session), terminal: Number(terminal), startTicks };
}

function fromEnvironment(environment: Buffer, marks: readonly Buffer[]): string | undefined {
  for (const mark of marks) {
    for (let at = environment.indexOf(mark); at !== -1; at = environment.indexOf(mark, at + 1)) {
      if (at > 0 && environment[at - 1] !== 0) continue;
      const start = at + mark.length;
      const end = environment.indexOf(0, start);
      return environment.toString('utf8', start, end === -1 ? undefined : end).split('/')[0];
    }
  }
  return undefined;
}

function directoryName(path: string, prefix: string): string | undefined {
  return path.startsWith(prefix) ? path.slice(prefix.length).split('/')[0] : undefined;
}

const buffer = Buffer.allocUnsafe(256 * 1024);

/** Reads up to 256 KiB of a /proc file without the `stat` calls of `readFileSync`; the result is valid until the next call. */
function readSmall(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) return buffer.subarray(0, length);
      length += read;
    }
  } finally {
    closeSync(file);
  }
}

function fromPs(leaders: ReadonlyMap<number, string>, add: Add): void {
  if (leaders.size === 0) return;
  const dynoOf = new Map(leaders);
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length === 4 && !(row[3] as string).startsWith('Z'))
    .map(([pid, parent, group]) => ({ pid: Number(pid), parent: Number(parent), group: Number(group) }));
  // Parents mostly come before children; repeating finds the rest.
  for (let grew = true; grew; ) {
    grew = false;
    for (const { pid, parent, group } of rows) {
      const dyno = dynoOf.get(pid) ?? dynoOf.get(group) ?? dynoOf.get(parent);
      if (dyno === undefined || dynoOf.has(pid)) continue;
      dynoOf.set(pid, dyno);
      grew = true;
    }
  }
  for (const { pid, group } of rows) {
    const dyno = dynoOf.get(pid);
    if (dyno !== undefined) add(dyno, { pid, group });
  }
}

/** Resident memory in bytes; 0 when the process has ended. */
export function residentBytes(pid: number): number {
  try {
    if (process.platform !== 'linux') {
      return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
    }
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
    return match === null ? 0 : Number(match[1]) * 1024;
  } catch {
    return 0;
  }
}

/** False when there is no such process (or group, when negative). */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
