// Bun's own WebSocket publish: every client is subscribed to one topic. Argument: the port.
Bun.serve({
  hostname: '127.0.0.1',
  port: Number(Bun.argv[2]),
  async fetch(request, server) {
    if (request.method === 'POST') {
      server.publish('all', await request.text());
      return new Response('published');
    }
    return server.upgrade(request) ? undefined : new Response('running');
  },
  websocket: {
    idleTimeout: 960,
    open(socket) {
      socket.subscribe('all');
    },
    message() {},
  },
});
