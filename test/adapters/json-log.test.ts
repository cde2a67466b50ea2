import { createJsonLog } from '../../adapters/json-log.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');

function logged(say: (log: ReturnType<typeof createJsonLog>) => void) {
  const lines: string[] = [];
  say(createJsonLog({ name: 'api', nowMs: () => NOW, write: (line) => lines.push(line) }));
  expect(lines).toHaveLength(1);
  expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1);
  return { text: lines[0] ?? '', line: JSON.parse(lines[0] ?? '') };
}

test('one problem is one line, with what tells of its cause', () => {
  const cause = Object.assign(new Error('throttled'), {
    name: 'ThrottlingException',
    $metadata: { requestId: 'r-1', httpStatusCode: 400 },
    $response: { headers: { authorization: 'Bearer secret-of-somebody' } },
  });
  const { line, text } = logged((log) => log.report('app\nwas not\tlooked at', cause, { appId: 'a' }));
  expect(line).toMatchObject({
    level: 'error',
    at: '2026-11-21T12:00:00.000Z',
    name: 'api',
    message: 'app\nwas not\tlooked at',
    appId: 'a',
    cause: { name: 'ThrottlingException', message: 'throttled', awsRequestId: 'r-1', status: 400 },
  });
  expect(text).not.toContain('somebody');
});

test('causes of causes are told, but not for ever', () => {
  const error = new Error('outer', { cause: new Error('inner') });
  (error.cause as Error).cause = error;
  expect(logged((log) => log.report('failed', error)).line.cause.cause.message).toBe('inner');
});

test.each([
  {
    name: 'a signed URL of S3',
    text: 'GET https://b.s3/x?X-Amz-Credential=AKIA%2Fx&X-Amz-Signature=0123abcd&a=b',
    masked: 'GET https://b.s3/x?X-Amz-Credential=…&X-Amz-Signature=…&a=b',
  },
  {
    name: 'its credential',
    text: 'https://b.s3/x?X-Amz-Credential=AKIAEXAMPLE',
    masked: 'https://b.s3/x?X-Amz-Credential=…',
  },
  {
    name: 'a URL of an output',
    text: 'POST https://s/streams/MTc2NzIyNTY.c2lnbmF0dXJl failed',
    masked: 'POST https://s/streams/… failed',
  },
  { name: 'a log session', text: 'https://s/logs/MTc2NzIyNTYwMDAwMA.c2lnbmF0dXJl', masked: 'https://s/logs/…' },
  {
    name: 'an access token',
    text: 'HRKU-01234567-89ab-cdef-0123-456789abcdef is unknown',
    masked: 'HRKU-… is unknown',
  },
  { name: 'a header', text: 'authorization: Bearer c2VjcmV0c2VjcmV0', masked: 'authorization: Bearer …' },
])('$name is masked in messages, causes and stacks', ({ text, masked }) => {
  expect(logged((log) => log.report(text)).line.message).toBe(masked);
  const { cause } = logged((log) => log.report('failed', new Error(text))).line;
  expect(cause.message).toBe(masked);
  expect(cause.stack).toContain(`Error: ${masked}\n`);
  expect(logged((log) => log.report('failed', text)).line.cause).toBe(masked);
});
