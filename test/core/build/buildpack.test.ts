import { buildpackUrl, parseBuildpack, parseBuildpacks, SHIPPED_BUILDPACKS } from '../../../core/build/buildpack.ts';

const SHIPPED = 'heroku/nodejs, dynoform/static, dynoform/procfile';
const UNKNOWN = `Couldn't find that buildpack. The platform ships ${SHIPPED}; give any other by its URL.`;
const NOT_SHIPPED = `is neither one that the platform ships (${SHIPPED}) nor a URL.`;

test('the platform ships three, and an id leads to each of them', () => {
  const kept = ['heroku/nodejs', 'dynoform/static', 'dynoform/procfile'];
  expect([1, 2, 3].map((number) => parseBuildpack(`b111d9ac-0000-4000-8000-00000000000${number}`))).toEqual(
    kept.map((value) => ({ ok: true, value })),
  );
  expect(SHIPPED_BUILDPACKS.map(({ description }) => description)).toEqual([
    'Node.js apps: npm, yarn or pnpm by lock file',
    'Static files',
    'Whatever the Procfile starts',
  ]);
});

describe('buildpacks', () => {
  test.each([
    { text: 'heroku/nodejs', kept: 'heroku/nodejs', url: 'urn:buildpack:heroku/nodejs' },
    { text: 'urn:buildpack:heroku/nodejs', kept: 'heroku/nodejs', url: 'urn:buildpack:heroku/nodejs' },
    { text: 'dynoform/static', kept: 'dynoform/static', url: 'urn:buildpack:dynoform/static' },
    {
      text: 'https://github.com/heroku/heroku-buildpack-ruby.git#v2',
      kept: 'https://github.com/heroku/heroku-buildpack-ruby.git#v2',
      url: 'https://github.com/heroku/heroku-buildpack-ruby.git#v2',
    },
    { text: 'file:///srv/packs/mine', kept: '/srv/packs/mine', url: 'file:///srv/packs/mine' },
    { text: '/srv/packs/mine', kept: '/srv/packs/mine', url: 'file:///srv/packs/mine' },
  ])('$text', ({ text, kept, url }) => {
    expect(parseBuildpack(text)).toEqual({ ok: true, value: kept });
    expect(buildpackUrl(kept)).toBe(url);
    expect(parseBuildpack(url)).toEqual({ ok: true, value: kept });
  });

  test.each([
    'https://example.com/pack.tgz',
    'https://example.com/pack#main',
    'https://example.com/pack#feature/v1.2-x_y',
    `https://example.com/${'x'.repeat(2_028)}`,
  ])('%s is kept as it is', (text) => {
    expect(parseBuildpack(text)).toEqual({ ok: true, value: text });
  });

  test.each([
    { text: 'heroku/cobol', reason: NOT_SHIPPED },
    { text: 'nodejs', reason: NOT_SHIPPED },
    { text: 'relative/path/to/pack', reason: NOT_SHIPPED },
    { text: 'http://example.com/pack.tgz', reason: 'must begin with https://.' },
    { text: 'ssh://git@example.com/pack', reason: 'must begin with https://.' },
    { text: 'ext::sh -c id', reason: 'must begin with https://.' },
    { text: 'https://user:secret@example.com/pack', reason: 'must not contain a user name or password.' },
    { text: 'https://user@example.com/pack', reason: 'must not contain a user name or password.' },
    { text: 'https://:secret@example.com/pack', reason: 'must not contain a user name or password.' },
    { text: 'https://127.0.0.1/pack', reason: 'must be at a public address.' },
    { text: 'https://metadata.internal/pack', reason: 'must be at a public address.' },
    { text: 'https://example.com/pack#--upload-pack=x', reason: 'names no valid branch or tag.' },
    { text: 'https://example.com/pack#main!', reason: 'names no valid branch or tag.' },
    { text: '/srv/../etc', reason: 'must be an absolute path without `..`.' },
    { text: '/srv/a\0b', reason: 'must be an absolute path without `..`.' },
    { text: 'file:///srv/%00etc', reason: 'is not a path.' },
    { text: 'file://host/srv', reason: 'is not a path.' },
  ])('refuses $text: it $reason', ({ text, reason }) => {
    expect(parseBuildpack(text)).toEqual({
      ok: false,
      error: { id: 'invalid_params', message: `buildpack ${JSON.stringify(text)} ${reason}` },
    });
  });

  test('refuses one that is too long, and repeats only its beginning', () => {
    const message = `buildpack "https://example.com/${'x'.repeat(80)}" is too long.`;
    expect(parseBuildpack(`https://example.com/${'x'.repeat(2_029)}`)).toEqual({
      ok: false,
      error: { id: 'invalid_params', message },
    });
  });

  test('twenty in a row can be used', () => {
    const texts = Array.from({ length: 20 }, (_, index) => `https://example.com/${index}`);
    expect(parseBuildpacks(texts)).toEqual({ ok: true, value: texts });
  });

  test.each([
    { name: 'an entry without a value', texts: ['heroku/nodejs', undefined], message: UNKNOWN },
    { name: 'an empty entry', texts: ['heroku/nodejs', ''], message: UNKNOWN },
    { name: 'an entry that is none', texts: ['heroku/nodejs', 'x'], message: `buildpack "x" ${NOT_SHIPPED}` },
    {
      name: 'one named twice',
      texts: ['heroku/nodejs', 'urn:buildpack:heroku/nodejs'],
      message: 'buildpack heroku/nodejs is named twice.',
    },
    {
      name: 'more than twenty',
      texts: Array.from({ length: 21 }, (_, index) => `https://example.com/${index}`),
      message: 'buildpacks: at most 20 can be used in a row.',
    },
  ])('refuses $name', ({ texts, message }) => {
    expect(parseBuildpacks(texts)).toEqual({ ok: false, error: { id: 'invalid_params', message } });
  });
});
