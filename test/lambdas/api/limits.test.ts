import * as z from 'zod';
import { type Route, route } from '../../../api/route.ts';
import { ok } from '../../../core/result.ts';
import { type ApiFixture, openApiFixture } from '../../api/api-fixture.ts';
import { httpEvent, openGateway } from './gateway.ts';

/** AWS's limit for an invocation's answer, in bytes of JSON ("Lambda quotas"). */
const LAMBDA_ANSWER_BYTES_MAX = 6 * 1024 * 1024;
const KIB = 1024;

let text: string;
const routes: Route[] = [
  route({ method: 'GET', path: '/text', permission: 'public', handle: async () => ok({ body: { text } }) }),
  route({
    method: 'PUT',
    path: '/text',
    permission: 'public',
    body: z.object({ text: z.string() }),
    handle: async ({ body }) => ok({ body: { length: body.text.length } }),
  }),
];

let fixture: ApiFixture;
beforeEach(async () => {
  fixture = await openApiFixture();
});
afterEach(() => fixture.close());

const put = (bytes: number, isBase64Encoded: boolean) => {
  const around = '{"text":""}';
  const body = around.replace('""', `"${'x'.repeat(bytes - around.length)}"`);
  const more = { body: isBase64Encoded ? Buffer.from(body).toString('base64') : body, isBase64Encoded };
  return openGateway(fixture, { routes })(httpEvent('PUT', '/text', more));
};

test.each([{ isBase64Encoded: false }, { isBase64Encoded: true }])(
  'a body may have a mebibyte and no byte more (base64: $isBase64Encoded)',
  async ({ isBase64Encoded }) => {
    expect((await put(1_024 * KIB, isBase64Encoded)).statusCode).toBe(200);
    const refused = await put(1_024 * KIB + 1, isBase64Encoded);
    expect([refused.statusCode, JSON.parse(refused.body).id]).toEqual([413, 'payload_too_large']);
    expect(fixture.reported).toEqual([]);
  },
);

test.each([
  { name: 'plain', text: 'x', fits: 5_900 * KIB, tooMuch: 6_100 * KIB },
  // The API escapes each quote; around its answer, quote and backslash are escaped again.
  { name: 'quotes, which JSON doubles twice', text: '"', fits: 1_400 * KIB, tooMuch: 1_600 * KIB },
])('an answer of more than Lambda can give is refused with what to do, before Lambda fails: $name', async (each) => {
  const gateway = openGateway(fixture, { routes });
  text = each.text.repeat(each.fits);
  const fitting = await gateway(httpEvent('GET', '/text'));
  expect(fitting.statusCode).toBe(200);
  expect(Buffer.byteLength(JSON.stringify(fitting))).toBeLessThanOrEqual(LAMBDA_ANSWER_BYTES_MAX);
  expect(JSON.parse(fitting.body).text).toHaveLength(each.fits);
  text = each.text.repeat(each.tooMuch);
  const refused = await gateway(httpEvent('GET', '/text'));
  expect([refused.statusCode, JSON.parse(refused.body)]).toEqual([
    416,
    {
      id: 'requested_range_not_satisfiable',
      message:
        'This answer is larger than AWS Lambda can give (6 MB). Ask for fewer at a time: `Range: id ..; max=100`.',
    },
  ]);
  expect(Object.keys(refused.headers)).toContain('Request-Id');
  expect(Object.keys(refused.headers)).not.toContain('ETag');
});
