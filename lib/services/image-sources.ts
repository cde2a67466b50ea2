/**
 * The sources of the services' image: a change anywhere else, in a test or in an adapter for one machine, must not replace
 * running routers. The Dockerfile copies from these.
 */
export const IMAGE_SOURCES = [
  'adapters/*.ts',
  'adapters/aws',
  'adapters/local/live-stream.ts',
  'adapters/local/output-streams.ts',
  'bin/services',
  'bin/services.ts',
  'client',
  'core',
  'services',
  'package.json',
  'package-lock.json',
  '.npmrc',
];
