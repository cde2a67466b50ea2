import { cannedDyno, closeAll, get, openRouter, send, statusOf, target } from './harness.ts';

afterEach(closeAll);

const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

test('a wildcard leads one level below to its app; a name of its own wins, whichever app has it', async () => {
  const { router, port, publish } = await openRouter();
  const wild = await cannedDyno(answer('wild'));
  const own = await cannedDyno(answer('own'));
  publish({ hosts: ['shop.test', '*.example.com'], dynos: [target(wild.port)] });
  const other = { appId: 'other', appName: 'other', version: 1, maintenance: false, situation: 'serving' as const };
  router.update({ ...other, hosts: ['own.example.com'], dynos: [target(own.port)] });
  const ask = async (host: string) => {
    const response = await send(port, get().replace('shop.test', host));
    return statusOf(response) === 200 ? response.slice(response.indexOf('\r\n\r\n') + 4) : statusOf(response);
  };
  const asked = ['any.example.com', 'ANY.example.com.', 'own.example.com', 'a.b.example.com', 'example.com'];
  expect(await Promise.all(asked.map(ask))).toEqual(['wild', 'wild', 'own', 404, 404]);
  router.remove('other');
  expect(await ask('own.example.com')).toBe('wild');
  publish({ hosts: ['shop.test'], dynos: [target(wild.port)] });
  expect(await ask('any.example.com')).toBe(404);
});
