import { HmacSigner } from '../../../adapters/hmac-signer.ts';
import { attachToken, openAttachToken } from '../../../core/dyno/attach-token.ts';
import { DYNO_LOG_VARIABLE, dynoLogToken, openDynoLogToken } from '../../../core/log/dyno-log-token.ts';
import { logSessionUrl, openLogSession } from '../../../core/log/log-session.ts';
import { outputUrl } from '../../../core/output-url.ts';
import type { Platform } from '../../../core/platform.ts';

const signer = new HmacSigner(new Uint8Array(32).fill(7));
let nowMs = 1_000;
beforeEach(() => {
  nowMs = 1_000;
});
const platform = {
  signer,
  clock: { nowMs: () => nowMs },
  urls: { services: 'https://services.example' },
} as unknown as Platform;

test.each([
  { appId: 'app-1', dynoId: 'dyno-1', name: 'web.1' },
  { appId: 'app-1', dynoId: 'dyno-1', name: 'release.1234', outputStreamId: 'stream-1' },
])('a dyno writes to the log as itself: $name', (writer) => {
  const token = dynoLogToken(signer, writer, 5_000);
  expect(openDynoLogToken(signer, token, 4_999)).toEqual(writer);
  expect(openDynoLogToken(signer, token, 5_000)).toBeUndefined();
  expect(openDynoLogToken(signer, `${token}x`, 4_999)).toBeUndefined();
  expect(openAttachToken(signer, token, 4_999)).toBeUndefined();
});

test('agents of a dyno know where the token is and what it is for', () => {
  expect(DYNO_LOG_VARIABLE).toBe('DYNOFORM_LOG_TOKEN');
  const token = dynoLogToken(signer, { appId: 'app-1', dynoId: 'dyno-1', name: 'web.1' }, 5_000);
  expect(signer.verify('dyno-log', token, 4_999)).toBe('["app-1","dyno-1","web.1",null]');
});

test('a dyno is connected with as one start of it', () => {
  const attached = { appId: 'app-1', dynoId: 'dyno-1', attempt: 2 };
  const token = attachToken(signer, attached, 5_000);
  expect(openAttachToken(signer, token, 4_999)).toEqual(attached);
  expect(openAttachToken(signer, token, 5_000)).toBeUndefined();
  expect(openDynoLogToken(signer, token, 4_999)).toBeUndefined();
  expect(openAttachToken(signer, signer.sign('attach', 'app-1', 5_000), 4_999)).toBeUndefined();
});

test('a log session is read by whoever has its URL, for five minutes', () => {
  const session = { appId: 'app-1', filter: { source: 'app', process: 'web' }, lines: 20, tail: true };
  const url = logSessionUrl(platform, session);
  expect(url).toMatch(/^https:\/\/services\.example\/logs\/[^/]+$/);
  const token = url.replace('https://services.example/logs/', '');
  nowMs += 299_999;
  expect(openLogSession(platform, token)).toEqual(session);
  nowMs += 1;
  expect(openLogSession(platform, token)).toBeUndefined();
});

test('the output of a build is read by whoever has its URL, for a day', () => {
  const url = outputUrl(platform, 'stream-1');
  expect(url).toMatch(/^https:\/\/services\.example\/streams\/[^/]+$/);
  const token = url.replace('https://services.example/streams/', '');
  expect(signer.verify('output', token, 1_000 + 86_399_999)).toBe('stream-1');
  expect(signer.verify('output', token, 1_000 + 86_400_000)).toBeUndefined();
  expect(openLogSession(platform, token)).toBeUndefined();
});
