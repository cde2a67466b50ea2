/** A web process that answers with its release and process id, and a worker that does nothing. */
export const SMALL_APP = {
  Procfile: 'web: node web.js\nworker: exec sleep 1000\n',
  'web.js': `
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify({ pid: process.pid, value: process.env.VALUE })))
  .listen(Number(process.env.PORT));
`,
};
