import { decodeRecord, recordHead } from '../../../services/logs/record.ts';
import type { StoredLine } from '../../../services/logs/stored-line.ts';

const LINE: StoredLine = { id: 7, appId: 'shop', atMs: 1_000.5, source: 'app', process: 'web.1', message: 'hello' };

test.each<Partial<StoredLine>>([
  {},
  { message: '' },
  { message: '\ta\t\tb\t' },
  { process: '' },
  { source: 'heroku', process: 'router' },
  { id: Number.MAX_SAFE_INTEGER, atMs: -1 },
])('a line with %p is a record, and the record that line', (changes) => {
  const line = { ...LINE, ...changes };
  expect(decodeRecord('shop', recordHead(line) + line.message)).toEqual(line);
});

test('a record is text between tabs', () => {
  expect(recordHead(LINE)).toBe('7\t1000.5\tapp\tweb.1\t');
});

test.each([
  { name: 'nothing', record: '' },
  { name: 'text', record: 'hello' },
  { name: 'three fields', record: '7\t1\tapp' },
  { name: 'four fields', record: '7\t1\tapp\tweb.1' },
  { name: 'an id that is no number', record: 'x\t1\tapp\tweb.1\thello' },
  { name: 'an id with a fraction', record: '7.5\t1\tapp\tweb.1\thello' },
  { name: 'an id that no number holds', record: '9007199254740992\t1\tapp\tweb.1\thello' },
  { name: 'a time that is none', record: '7\tInfinity\tapp\tweb.1\thello' },
  { name: 'another source', record: '7\t1\troot\tweb.1\thello' },
  { name: 'no source', record: '7\t1\t\tweb.1\thello' },
  { name: 'a block of zeros', record: '\0'.repeat(20) },
])('$name is no record', ({ record }) => {
  expect(decodeRecord('shop', record)).toBeUndefined();
});
