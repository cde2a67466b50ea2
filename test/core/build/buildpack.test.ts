import { buildpackUrl, parseBuildpack, parseBuildpacks } from '../../../core/build/buildpack.ts';

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
    { text: 'heroku/cobol', message: /is not one that the platform ships/ },
    { text: 'nodejs', message: /is not one that the platform ships/ },
    { text: 'relative/path/to/pack', message: /is not one that the platform ships/ },
    { text: 'http://example.com/pack.tgz', message: /must begin with https/ },
    { text: 'ssh://git@example.com/pack', message: /must begin with https/ },
    { text: 'ext::sh -c id', message: /must begin with https|not a URL/ },
    { text: 'https://user:secret@example.com/pack', message: /user name or password/ },
    { text: 'https://127.0.0.1/pack', message: /public address/ },
    { text: 'https://metadata.internal/pack', message: /public address/ },
    { text: 'https://example.com/pack#--upload-pack=x', message: /no valid branch/ },
    { text: '/srv/../etc', message: /absolute path/ },
    { text: 'file:///srv/%00etc', message: /not a path/ },
    { text: 'file://host/srv', message: /not a path/ },
    { text: `https://example.com/${'x'.repeat(3_000)}`, message: /too long/ },
  ])('refuses $text', ({ text, message }) => {
    expect(parseBuildpack(text)).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
  });

  test.each([
    { name: 'an entry without a value', texts: ['heroku/nodejs', undefined], message: /Couldn't find that buildpack/ },
    { name: 'one named twice', texts: ['heroku/nodejs', 'urn:buildpack:heroku/nodejs'], message: /named twice/ },
    {
      name: 'more than twenty',
      texts: Array.from({ length: 21 }, (_, index) => `https://example.com/${index}`),
      message: /at most 20/,
    },
  ])('refuses $name', ({ texts, message }) => {
    expect(parseBuildpacks(texts)).toMatchObject({ ok: false, error: { message: expect.stringMatching(message) } });
  });
});
