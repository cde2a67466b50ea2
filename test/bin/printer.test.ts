import { spawnSync } from 'node:child_process';
import path from 'node:path';

test.each([{ command: 'bin/cost.ts' }, { command: 'bin/local.ts --help' }, { command: 'bin/connect.ts --help' }])(
  '$command ends well when nobody reads what it prints',
  ({ command }) => {
    // The reader is gone before the first line: a program takes longer than that to start.
    const script = `set -o pipefail; "$0" --import tsx ${command} | true`;
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath], {
      cwd: path.resolve(__dirname, '../..'),
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  },
);
