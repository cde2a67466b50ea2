import path from 'node:path';
import { parseJsonConfigFileContent, readConfigFile, sys } from 'typescript';

const ROOT = path.join(__dirname, '../..');
const PARTS = ['common', 'aws', 'infrastructure'];

function filesOf(config: string): readonly string[] {
  const file = path.join(ROOT, config);
  const { fileNames } = parseJsonConfigFileContent(readConfigFile(file, sys.readFile).config, sys, path.dirname(file));
  return fileNames.map((name) => path.relative(ROOT, name)).sort();
}

/** The parts are checked separately: the CDK and AWS's SDK have 6,500 files, which most changes do not need. */
test('npm run types checks each file that an editor checks, in one of its parts', () => {
  const all = filesOf('tsconfig.json');
  expect(all).toContain('core/result.ts');
  expect(PARTS.flatMap((part) => filesOf(`test/types/${part}.json`)).sort()).toEqual(all);
});
