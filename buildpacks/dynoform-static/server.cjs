// Serves a directory of files. Written into the slug by the buildpack; needs nothing but Node.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const TYPES = {
  '.avif': 'image/avif',
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.otf': 'font/otf',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webm': 'video/webm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml; charset=utf-8',
};

/** `static.json`: root, clean_urls, error_page, and routes of the form `{"/**": "index.html"}`. */
function readSettings(app) {
  const file = path.join(app, 'static.json');
  const given = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
  const root = given.root ?? (isDirectory(path.join(app, 'public')) ? 'public' : '.');
  const directory = path.resolve(app, root);
  if (directory !== app && !directory.startsWith(app + path.sep)) throw new Error('root must be inside the app');
  if (!isDirectory(directory)) throw new Error(`root is not a directory: ${root}`);
  const routes = Object.entries(given.routes ?? {}).map(([pattern, target]) => {
    if (typeof target !== 'string') throw new Error(`the target of route ${pattern} is not a file name`);
    return { expression: routeExpression(pattern), target };
  });
  const known = ['root', 'clean_urls', 'error_page', 'routes'];
  const unknown = Object.keys(given).filter((key) => !known.includes(key));
  return {
    directory: fs.realpathSync(directory),
    root,
    cleanUrls: given.clean_urls === true,
    errorPage: given.error_page,
    routes,
    unknown,
  };
}

function isDirectory(name) {
  return fs.statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** `**` spans directories, `*` does not. */
function routeExpression(pattern) {
  const source = pattern
    .split(/(\*\*?)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')));
  return new RegExp(`^${source.join('')}$`);
}

/** The decoded path, or undefined if it is malformed, leaves the directory, or names a hidden file. */
function safePath(target) {
  let decoded;
  try {
    decoded = decodeURIComponent(target.split(/[?#]/, 1)[0]);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith('/') || decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const parts = decoded.split('/').filter((part) => part !== '');
  // Hidden files are not content: .env, .git, .profile.d, and also `..`. `.well-known` is content (RFC 8615).
  if (parts.some((part) => part.startsWith('.') && part !== '.well-known')) return undefined;
  return `/${parts.join('/')}${parts.length > 0 && decoded.endsWith('/') ? '/' : ''}`;
}

/** If the app's own top directory is served, the platform's files in it are not part of the site. */
const PLATFORM_FILES = new Set(['/Procfile', '/static.json', '/app.json']);

async function findFile(settings, name) {
  if (settings.root === '.' && PLATFORM_FILES.has(name)) return undefined;
  const candidates = name.endsWith('/') ? [`${name}index.html`] : [name];
  if (settings.cleanUrls && !name.endsWith('/')) candidates.push(`${name}.html`);
  for (const candidate of candidates) {
    const found = await openInside(settings.directory, candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A link may lead elsewhere inside the directory, not out of it. */
async function openInside(directory, name) {
  const real = await fs.promises.realpath(path.join(directory, name)).catch(() => undefined);
  if (real === undefined || !(real === directory || real.startsWith(directory + path.sep))) return undefined;
  const stats = await fs.promises.stat(real).catch(() => undefined);
  if (stats?.isDirectory()) return { directory: true };
  return stats?.isFile() ? { file: real, stats } : undefined;
}

async function answer(settings, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const name = safePath(request.url);
  let found = name === undefined ? undefined : await findFile(settings, name);
  if (found?.directory === true) {
    // `//host` would lead to another site.
    response.writeHead(301, { Location: `${encodeURI(name).replace(/^\/+/, '/')}/` }).end();
    return;
  }
  if (found === undefined && name !== undefined) {
    const route = settings.routes.find(({ expression }) => expression.test(name));
    if (route !== undefined) found = await openInside(settings.directory, route.target);
  }
  if (found?.file !== undefined) return send(request, response, 200, found);
  const page = settings.errorPage && (await openInside(settings.directory, settings.errorPage));
  if (page?.file !== undefined) return send(request, response, 404, page);
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not found\n');
}

function send(request, response, status, { file, stats }) {
  const tag = `W/"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
  const headers = {
    'Content-Type': TYPES[path.extname(file).toLowerCase()] ?? 'application/octet-stream',
    'Last-Modified': stats.mtime.toUTCString(),
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
    ETag: tag,
  };
  if (status === 200 && isFresh(request.headers, tag, stats)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = status === 200 ? requestedRange(request.headers.range, stats.size) : undefined;
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${stats.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: stats.size - 1 };
  if (range !== undefined) headers['Content-Range'] = `bytes ${start}-${end}/${stats.size}`;
  response.writeHead(range === undefined ? status : 206, { ...headers, 'Content-Length': end - start + 1 });
  if (request.method === 'HEAD' || stats.size === 0) {
    response.end();
    return;
  }
  const stream = fs.createReadStream(file, { start, end });
  stream.once('error', () => response.destroy());
  response.once('close', () => stream.destroy());
  stream.pipe(response);
}

function isFresh(headers, tag, stats) {
  const tags = headers['if-none-match'];
  if (tags !== undefined) return tags === '*' || tags.split(/\s*,\s*/).includes(tag);
  return Date.parse(headers['if-modified-since'] ?? '') >= Math.floor(stats.mtimeMs / 1000) * 1000;
}

/** Supports one range; the answer to several is the whole file, as the standard allows. */
function requestedRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start >= size) return 'unsatisfiable';
  return start > end ? undefined : { start, end };
}

function main() {
  const check = process.argv[2] === '--check';
  let settings;
  try {
    settings = readSettings(path.resolve(check ? process.argv[3] : path.join(__dirname, '..')));
  } catch (error) {
    console.error(` !     static.json: ${error.message}`);
    process.exit(1);
  }
  if (check) {
    for (const key of settings.unknown) console.log(` !     Warning: static.json: ${key} has no effect here`);
    console.log(`       Serving the files in ${settings.root === '.' ? 'the top directory' : settings.root}`);
    return;
  }
  const server = http.createServer((request, response) => {
    answer(settings, request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  server.listen(Number(process.env.PORT), () => console.log(`Serving files on port ${process.env.PORT}`));
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

main();
