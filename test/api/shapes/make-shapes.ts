import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { routes } from '../../../api/routes.ts';
import { PUBLISHED_SCHEMA, readPublishedSchema, requestsOf, shapesOf } from './shapes-of.ts';

/*
 * Makes shapes.json and requests.json again, when Heroku has published another schema or the API answers more of its routes:
 *
 *     curl -H 'Accept: application/vnd.heroku+json; version=3' https://api.heroku.com/schema > schema.json
 *     PUBLISHED_SCHEMA=schema.json npx tsx test/api/shapes/make-shapes.ts
 */
const schema = readPublishedSchema();
if (schema === undefined) throw new Error(`${PUBLISHED_SCHEMA} is absent: PUBLISHED_SCHEMA says where it is`);
for (const [file, content] of [
  ['test/api/shapes/shapes.json', shapesOf(schema, routes)],
  ['test/api/shapes/requests.json', requestsOf(schema, routes)],
] as const) {
  writeFileSync(file, JSON.stringify(content));
  execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
}
