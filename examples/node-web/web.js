const http = require('node:http');

const port = Number(process.env.PORT);

const server = http.createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`Hello from ${process.env.DYNO}! ${process.env.GREETING ?? ''}\n`);
});

server.listen(port, () => console.log(`Listening on ${port}`));

// Heroku's rule: finish what is in flight within 30 seconds of SIGTERM.
process.on('SIGTERM', () => {
  console.log('Finishing the requests in flight');
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
