// Socket.IO, every client in one namespace. Argument: the port.
const http = require('node:http');
const { Server } = require('socket.io');

const server = http.createServer((request, response) => {
  if (request.method !== 'POST') return response.end('running');
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (part) => (body += part));
  request.on('end', () => {
    sockets.emit('message', JSON.parse(body));
    response.end('published');
  });
});
const sockets = new Server(server, { transports: ['websocket'] });
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 4096 });
