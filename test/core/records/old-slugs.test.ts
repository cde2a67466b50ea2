import { type SlugArtifact, slugRecord } from '../../../core/records/slug.ts';
import { image, tarball } from '../../artifacts.ts';
import { slug } from '../dyno-manager/records.ts';

const HEX = 'a1'.repeat(32);
const { artifact: _none, ...REST } = slug('slug-1');
const read = (fields: object) =>
  slugRecord.read({ partition: 'p', sort: 's', version: 3, value: { ...REST, ...fields } });

/** As stored by a platform of November 2026: only with the key of a blob. */
const OLD: readonly { readonly name: string; readonly fields: object; readonly is: SlugArtifact }[] = [
  {
    name: 'a built archive',
    fields: { blobKey: `slugs/${HEX}`, checksum: `SHA256:${HEX}` },
    is: tarball(`slugs/${HEX}`),
  },
  {
    name: 'an uploaded archive without a checksum',
    fields: { blobKey: 'slugs/1.tgz', checksum: '' },
    is: tarball('slugs/1.tgz'),
  },
  {
    name: 'an image of buildpacks',
    fields: { blobKey: 'images/arm64/buildpacks/1.json', checksum: `SHA256:${HEX.toUpperCase()}` },
    is: image({ architecture: 'arm64', digest: `sha256:${HEX}`, blobKey: 'images/arm64/buildpacks/1.json' }),
  },
  {
    name: 'an image of a Dockerfile',
    fields: { blobKey: 'images/amd64/dockerfile/1.json', checksum: `SHA256:${HEX}` },
    is: image({ origin: 'dockerfile', digest: `sha256:${HEX}`, blobKey: 'images/amd64/dockerfile/1.json' }),
  },
  {
    name: 'what names no image',
    fields: { blobKey: 'images/amd64/dockerfile/1.json', checksum: 'SHA256:00' },
    is: tarball('images/amd64/dockerfile/1.json'),
  },
  {
    name: 'what has a checksum with more before it',
    fields: { blobKey: 'images/amd64/dockerfile/1.json', checksum: `x SHA256:${HEX}` },
    is: tarball('images/amd64/dockerfile/1.json'),
  },
  {
    name: 'what has a checksum with more behind it',
    fields: { blobKey: 'images/amd64/dockerfile/1.json', checksum: `SHA256:${HEX}00` },
    is: tarball('images/amd64/dockerfile/1.json'),
  },
  {
    name: 'a key that an image only ends with',
    fields: { blobKey: 'slugs/images/amd64/dockerfile/1.json', checksum: `SHA256:${HEX}` },
    is: tarball('slugs/images/amd64/dockerfile/1.json'),
  },
];

test.each(OLD)('a slug of an older platform, $name, is read as one of this', ({ fields, is }) => {
  const { blobKey: _blobKey, ...others } = { blobKey: '', ...REST, ...fields };
  expect(read(fields)).toEqual({ partition: 'p', sort: 's', version: 3, value: { ...others, artifact: is } });
});

test('a slug of this platform is read as it is, whatever its key looks like', () => {
  const artifact = tarball('images/amd64/dockerfile/1.json');
  expect(read({ artifact, checksum: `SHA256:${HEX}` }).value).toEqual({ ...REST, artifact, checksum: `SHA256:${HEX}` });
});

test.each([{}, { blobKey: 7 }, { artifact: { kind: 'floppy', blobKey: 'slugs/1' } }])('%j is no slug', (fields) => {
  expect(() => read(fields)).toThrow('its slug record is corrupt: artifact');
});
