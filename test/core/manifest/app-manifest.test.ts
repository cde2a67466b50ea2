import { APP_MANIFEST_BYTES_MAX, APP_MANIFEST_NAME, readAppManifest } from '../../../core/manifest/app-manifest.ts';

test('builders look for app.json, of at most 1 MiB', () => {
  expect([APP_MANIFEST_NAME, APP_MANIFEST_BYTES_MAX]).toEqual(['app.json', 1_048_576]);
});

test.each([
  { file: { kind: 'absent' } as const, warnings: [] },
  {
    file: { kind: 'unusable' } as const,
    warnings: ['app.json is ignored: it is not a plain file of at most 1 MB.'],
  },
  { file: { kind: 'file', text: '{' } as const, warnings: ['app.json is ignored: it is not valid JSON.'] },
  { file: { kind: 'file', text: '[]' } as const, warnings: ['app.json is ignored: it is not a JSON object.'] },
  { file: { kind: 'file', text: '\uFEFF{}' } as const, warnings: [] },
])('$file declares no jobs, and the build says: $warnings', ({ file, warnings }) => {
  expect(readAppManifest(file)).toEqual({ ok: true, value: { jobs: [], warnings } });
});
