// Node.js with ws: each client is sent to in turn. Argument: the port.
const http = require('node:http');
const { WebSocketServer } = require('ws');

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') return response.end('running');
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    for (const client of sockets.clients) client.send(body);
    response.end('published');
  });
});
const sockets = new WebSocketServer({ server });
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
