import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { routes } from '../../../api/routes.ts';
import { PUBLISHED_SCHEMA, readPublishedSchema, shapesOf } from './shapes-of.ts';

/*
 * Makes shapes.json again, when Heroku has published another schema or the API answers more of its routes:
 *
 *     curl -H 'Accept: application/vnd.heroku+json; version=3' https://api.heroku.com/schema > schema.json
 *     PUBLISHED_SCHEMA=schema.json npx tsx test/api/shapes/make-shapes.ts
 */
const FILE = 'test/api/shapes/shapes.json';
const schema = readPublishedSchema();
if (schema === undefined) throw new Error(`${PUBLISHED_SCHEMA} is absent: PUBLISHED_SCHEMA says where it is`);
writeFileSync(FILE, JSON.stringify(shapesOf(schema, routes)));
execFileSync('npx', ['biome', 'format', '--write', FILE], { stdio: 'inherit' });
