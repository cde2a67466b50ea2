// Prints what bin/compile needs to know of an app as shell assignments, with a single Node process.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { satisfies } = require('./version-range.cjs');

const LOCK_FILES = {
  'package-lock.json': 'npm',
  'npm-shrinkwrap.json': 'npm',
  'yarn.lock': 'yarn',
  'pnpm-lock.yaml': 'pnpm',
};

function fail(message) {
  console.error(` !     ${message}`);
  process.exit(1);
}

const app = process.argv[2];
let manifest;
try {
  manifest = JSON.parse(fs.readFileSync(path.join(app, 'package.json'), 'utf8').replace(/^\uFEFF/, ''));
} catch (error) {
  fail(`Unable to parse package.json: ${error.message}`);
}
if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) {
  fail('Unable to parse package.json: it is not an object');
}

const count = (value) => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0);
const text = (value) => (typeof value === 'string' ? value : '');
const script = (name) => text(manifest.scripts?.[name]) !== '';
const locks = Object.keys(LOCK_FILES).filter((name) => fs.existsSync(path.join(app, name)));
const managers = [...new Set(locks.map((name) => LOCK_FILES[name]))];
const node = text(manifest.engines?.node);
const yarnLock = locks.includes('yarn.lock') ? fs.readFileSync(path.join(app, 'yarn.lock'), 'utf8') : '';

const facts = {
  node_version: process.versions.node,
  engines_node: node,
  engines_npm: text(manifest.engines?.npm),
  node_fits: node === '' || satisfies(process.versions.node, node),
  lock_files: locks.join(' and '),
  package_managers: managers.length,
  package_manager: managers[0] ?? 'npm',
  has_lock_file: locks.length > 0,
  yarn_berry: /^__metadata:/m.test(yarnLock) || fs.existsSync(path.join(app, '.yarnrc.yml')),
  has_dependencies:
    count(manifest.dependencies) + count(manifest.devDependencies) + count(manifest.optionalDependencies) > 0 ||
    manifest.workspaces !== undefined,
  has_dev_dependencies: count(manifest.devDependencies) > 0 || manifest.workspaces !== undefined,
  has_install_scripts: ['preinstall', 'install', 'postinstall', 'prepare'].some(script),
  script_prebuild: script('heroku-prebuild'),
  script_build: script('build'),
  script_postbuild: script('heroku-postbuild'),
  script_start: script('start'),
};

const quoted = (value) =>
  `'${String(value)
    .replace(/\p{Cc}/gu, ' ')
    .replace(/'/g, `'\\''`)}'`;
for (const [name, value] of Object.entries(facts)) console.log(`${name}=${quoted(value)}`);
