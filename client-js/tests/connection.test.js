import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../index.js';
import { settle } from './support/clock.js';
import { FakeServer } from './support/server.js';

async function states(server, options) {
  const client = await server.client(options);
  const seen = [client.state];
  client.on('state', ({ state, error }) => seen.push(error ? `${state} ${error.code ?? error.reason}` : state));
  return { client, seen };
}

test('a client connects, and says when it is connected', async () => {
  const server = new FakeServer();
  const { client, seen } = await states(server);
  assert.equal(server.socket.url, 'ws://server/ws');
  server.socket.accept();
  assert.deepEqual(seen, ['connecting'], 'open is not welcome');
  server.socket.welcome();
  assert.deepEqual(seen, ['connecting', 'connected']);
  client.close();
  assert.deepEqual(seen, ['connecting', 'connected', 'disconnected']);
  assert.equal(server.socket.closedWith, 1000);
  assert.deepEqual(server.clock.waits, [], 'nothing is left running');
});

for (const [url, socket] of [
  ['https://example.com', 'wss://example.com/ws'],
  ['https://example.com/', 'wss://example.com/ws'],
  ['ws://example.com:8080/ws', 'ws://example.com:8080/ws'],
  ['http://example.com/live/', 'ws://example.com/live/ws'],
  ['wss://example.com/live/ws?a=b', 'wss://example.com/live/ws?a=b'],
]) {
  test(`the WebSocket of ${url} is ${socket}`, async () => {
    const server = new FakeServer();
    (await server.client({ url })).close();
    assert.equal(server.socket.url, socket);
  });
}

test('an address that is none is refused with what would be one', () => {
  assert.throws(() => connect({ url: 'ftp://x' }), /begins with https:, wss:, http: or ws:, not ftp:/);
  assert.throws(() => connect({ url: 'not an address' }), /url is an address such as "wss:/);
  if (!globalThis.WebSocket) {
    assert.throws(() => connect({ url: 'ws://x', poll: false }), /no WebSocket here: give one as the option/);
  }
});

test('waits between tries are random, up to 1 s doubling to 30 s', async () => {
  const server = new FakeServer();
  const { seen } = await states(server);
  for (const most of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]) {
    server.clock.chance = 0.5;
    server.socket.drop();
    assert.deepEqual(server.clock.waits, [most / 2]);
    await server.clock.pass(most / 2);
  }
  assert.deepEqual(seen, ['connecting']);
  server.clock.chance = 0;
  server.socket.drop();
  assert.deepEqual(server.clock.waits, [0]);
});

test('a connection that lasted is followed by short waits again, one that did not is not', async () => {
  const server = new FakeServer();
  const { seen } = await states(server);
  server.socket.welcome().drop();
  assert.deepEqual(server.clock.waits, [1000]);
  (await server.back()).drop();
  assert.deepEqual(server.clock.waits, [2000]);
  const socket = await server.back();
  await server.clock.pass(10_000);
  socket.drop();
  assert.deepEqual(server.clock.waits, [1000]);
  assert.deepEqual(seen.slice(0, 4), ['connecting', 'connected', 'reconnecting', 'connected']);
});

test('three missed heartbeats are a dead connection', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const socket = server.socket.welcome({ heartbeat_ms: 1000 });
  for (let i = 0; i < 5; i++) {
    await server.clock.pass(2999);
    socket.tell({ type: 'heartbeat', offsets: {} });
  }
  assert.equal(client.state, 'connected');
  await server.clock.pass(2999);
  assert.equal(client.state, 'connected');
  await server.clock.pass(1);
  assert.equal(client.state, 'reconnecting');
  assert.ok(socket.closedWith);
});

test('one that has slept asks whether the server is still there before it gives it up', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const socket = server.socket.welcome();
  server.clock.time += 3_600_000; // Nothing ran for an hour: no timer, no message.
  await server.clock.pass(0);
  assert.equal(socket.sent.at(-1).type, 'ping');
  socket.tell({ type: 'pong' });
  await server.clock.pass(5000);
  assert.equal(client.state, 'connected');
  server.clock.time += 3_600_000;
  await server.clock.pass(5000);
  assert.equal(client.state, 'reconnecting', 'a connection that is dead by then is noticed within seconds');
});

test('a server that never answers the handshake is a failed try', async () => {
  const server = new FakeServer();
  await states(server);
  await server.clock.pass(10_000 + 1000);
  assert.equal(server.sockets.length, 2);
});

test('a client that is closed when it hears of the welcome stays closed', async () => {
  const server = new FakeServer();
  const { client, seen } = await states(server);
  client.on('welcome', () => client.close());
  server.socket.welcome();
  await server.clock.pass(100_000);
  assert.deepEqual([seen, client.state, server.sockets.length], [['connecting', 'disconnected'], 'disconnected', 1]);
});

test('something that is not JSON ends the connection, not the client', async () => {
  const server = new FakeServer();
  const { seen } = await states(server);
  server.socket.welcome();
  server.socket.onmessage({ data: '<html>' });
  await server.back();
  assert.deepEqual(seen, ['connecting', 'connected', 'reconnecting', 'connected']);
});

test('a server that goes says when to come back', async () => {
  const server = new FakeServer();
  await states(server);
  server.socket.welcome().tell({ type: 'going_away', reconnect_in_ms: 12_345 }).drop(4501);
  assert.deepEqual(server.clock.waits, [12_345]);
});

for (const code of [1000, 1001, 1006, 1009, 1011, 4501, 4508]) {
  test(`a close with ${code} is followed by a reconnect`, async () => {
    const server = new FakeServer();
    const { client } = await states(server);
    server.socket.welcome().drop(code);
    await server.back();
    assert.equal(client.state, 'connected');
  });
}

for (const code of [4400, 4401, 4403, 4408, 4409, 4429, 4499]) {
  test(`a close with ${code} is the end, without a token callback`, async () => {
    const server = new FakeServer();
    const { client, seen } = await states(server);
    const errors = [];
    client.on('error', (error) => errors.push([error.code, error.message]));
    server.socket.accept().tell({ type: 'error', code: 4003, name: 'forbidden', message: 'not from there' }).drop(code, 'no');
    await server.clock.pass(100_000);
    assert.deepEqual(seen, ['connecting', `disconnected ${code}`]);
    assert.deepEqual(errors, [[code, 'not from there']]);
    assert.equal(server.sockets.length, 1);
    client.connect();
    await settle();
    assert.equal(server.sockets.length, 2, 'unless it is asked for');
  });
}

// ---- Tokens

test('a token is sent as the first message', async () => {
  const server = new FakeServer();
  await states(server, { token: () => 'one' });
  server.socket.accept();
  assert.deepEqual(server.socket.sent, [{ type: 'authenticate', token: 'one' }]);
  assert.equal(server.socket.url, 'ws://server/ws');
});

test('a token goes into the address when that is asked for', async () => {
  const server = new FakeServer();
  await states(server, { token: async () => 'a b', tokenIn: 'query' });
  assert.equal(server.socket.url, 'ws://server/ws?token=a+b');
  server.socket.accept();
  assert.deepEqual(server.socket.sent, []);
});

test('a refused token is replaced by a new one', async () => {
  const server = new FakeServer();
  const tokens = ['one', 'two'];
  const asked = [];
  const { seen } = await states(server, { token: (why) => (asked.push(why?.code), tokens.shift()) });
  server.socket.accept().drop(4401, 'expired');
  await server.clock.pass(1000);
  server.socket.accept();
  assert.deepEqual(server.socket.sent, [{ type: 'authenticate', token: 'two' }]);
  assert.deepEqual(asked, [undefined, 4401]);
  server.socket.welcome();
  assert.deepEqual(seen, ['connecting', 'connected']);
});

test('a client stops when the token callback has nothing new', async () => {
  for (const again of ['one', null, undefined]) {
    const server = new FakeServer();
    const tokens = ['one', again];
    const { seen } = await states(server, { token: () => tokens.shift() });
    server.socket.welcome().drop(4401, 'expired');
    await server.clock.pass(100_000);
    assert.deepEqual(seen, ['connecting', 'connected', 'reconnecting', 'disconnected 4401']);
  }
});

test('another token does not help against a limit or a newer connection', async () => {
  for (const code of [4400, 4409, 4429]) {
    const server = new FakeServer();
    let minted = 0;
    const { seen } = await states(server, { token: () => `t${++minted}` });
    server.socket.welcome().drop(code);
    await server.clock.pass(100_000);
    assert.deepEqual([seen.at(-1), minted], [`disconnected ${code}`, 1]);
  }
});

test('always refused tokens are asked for ever more slowly', async () => {
  const server = new FakeServer();
  let minted = 0;
  await states(server, { token: () => `t${++minted}` });
  for (let i = 0; i < 10; i++) {
    server.socket.accept().drop(4401);
    await settle();
    const wait = Math.min(30_000, 1000 * 2 ** i);
    assert.deepEqual(server.clock.waits, [wait]);
    await server.clock.pass(wait);
  }
});

test('no token at the start is the end; one that cannot be had is tried again', async () => {
  const none = new FakeServer();
  const client = await none.client({ token: () => null });
  assert.deepEqual([client.state, none.sockets.length], ['disconnected', 0]);

  const server = new FakeServer();
  let fails = true;
  const other = await server.client({
    token: async () => {
      if (fails) {
        throw new Error('offline');
      }
      return 'one';
    },
  });
  assert.deepEqual([other.state, server.sockets.length], ['connecting', 0]);
  fails = false;
  await server.clock.pass(1000);
  assert.equal(server.sockets.length, 1);
});

test('a token is renewed on the open connection before it expires', async () => {
  const server = new FakeServer();
  let minted = 0;
  const { seen } = await states(server, { token: () => `t${++minted}` });
  const live = { expires_at: '2026-01-01T00:10:00Z', server_time: '2026-01-01T00:00:00Z' };
  const socket = server.socket.welcome(live);
  for (let i = 0; i < 11; i++) {
    await server.clock.pass(50_000);
    socket.tell({ type: 'heartbeat', offsets: {} });
  }
  assert.equal(minted, 1);
  await server.clock.pass(20_000);
  assert.deepEqual(socket.command('authenticate'), { type: 'authenticate', token: 't2' });
  socket.tell({ type: 'welcome', heartbeat_ms: 30_000, expires_at: '2026-01-01T00:20:00Z', server_time: '2026-01-01T00:09:30Z' });
  assert.deepEqual(seen, ['connecting', 'connected'], 'it is the same session');
});

// ---- The page

test('a client that sees its network come back does not wait', async () => {
  const server = new FakeServer();
  const page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
  globalThis.removeEventListener = page.removeEventListener.bind(page);
  try {
    const { client } = await states(server);
    server.socket.welcome().drop();
    page.dispatchEvent(new Event('online'));
    await settle();
    assert.equal(server.sockets.length, 2);
    server.socket.welcome();
    page.dispatchEvent(new Event('online'));
    assert.equal(server.socket.sent.at(-1).type, 'ping', 'one that seems connected asks whether it is');
    await server.clock.pass(5000);
    assert.equal(client.state, 'reconnecting');
    client.close();
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test('a hidden page disconnects after a while when that is asked for, and comes back when it is seen', async () => {
  const server = new FakeServer();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const show = (state) => {
    document.visibilityState = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  globalThis.document = document;
  try {
    const { client, seen } = await states(server, { pauseWhenHidden: true });
    server.socket.welcome();
    show('hidden');
    await server.clock.pass(9999);
    show('visible');
    server.socket.tell({ type: 'pong' });
    await server.clock.pass(20_000);
    assert.deepEqual(seen, ['connecting', 'connected']);
    show('hidden');
    await server.clock.pass(10_000);
    assert.equal(client.state, 'disconnected');
    show('visible');
    await settle();
    server.socket.welcome();
    assert.deepEqual(seen, ['connecting', 'connected', 'disconnected', 'connecting', 'connected']);
    client.close();
    show('visible');
    assert.equal(server.sockets.length, 2);
  } finally {
    delete globalThis.document;
  }
});

// ---- Commands

test('a command is answered, refused, or lost with its connection; one that was not sent waits', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const early = client.presence('room');
  const socket = server.socket.welcome();
  const { id } = socket.command('presence');
  socket.tell({ type: 'presence', id, users: ['a'], count: 1 });
  assert.deepEqual((await early).users, ['a']);

  const refused = client.joinRoom('r');
  socket.tell({ type: 'error', id: socket.command('join_room').id, code: 4011, name: 'unsupported', message: 'not here', retry: false });
  await assert.rejects(refused, { name: 'ChangecastError', code: 4011, reason: 'unsupported' });

  const lost = client.chat('42', 'hello');
  socket.drop();
  await assert.rejects(lost, { reason: 'connection_lost', retry: true });
  const closed = client.chat('42', 'hello');
  client.close();
  await assert.rejects(closed, { reason: 'closed' });
  await assert.rejects(client.chat('42', 'hello'), { reason: 'closed' });
});

test('a room is joined again after a reconnect, until it is left', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const socket = server.socket.welcome();
  const joined = client.joinRoom('r');
  socket.tell({ type: 'room_joined', id: socket.command('join_room').id, room: 'r', count: 1 });
  assert.equal((await joined).count, 1);
  const said = [];
  client.on('room_message', ({ content }) => said.push(content));
  socket.tell({ type: 'room_message', room: 'r', content: 'hi', id: 'm1', source: 'live', offset: 'l7' });
  socket.drop();
  const next = await server.back();
  assert.deepEqual([next.command('join_room').room, next.command('join_room').since], ['r', { live: 'l7' }]);
  assert.deepEqual(said, ['hi']);
  client.leaveRoom('r').catch(() => {});
  next.drop();
  const last = await server.back();
  assert.ok(!last.sent.some(({ type }) => type === 'join_room'));
});

test('what others see of a client in a room is said again after a reconnect', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const socket = server.socket.welcome();
  client.updatePresence('elsewhere', 'x').catch(() => {});
  const joined = client.joinRoom('r');
  socket.tell({ type: 'room_joined', id: socket.command('join_room').id, room: 'r', count: 1 });
  await joined;
  const updated = client.updatePresence('r', { cursor: 7 });
  socket.tell({ type: 'ok', id: socket.command('presence_update').id });
  await updated;
  socket.drop();
  const { sent } = await server.back();
  assert.deepEqual(sent.map(({ type, room, state }) => [type, room, state]),
    [['join_room', 'r', undefined], ['presence_update', 'r', { cursor: 7 }]]);
});

test('what is published or pushed goes on from the welcome when nothing has come yet', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  client.on('notification', () => {});
  server.socket.welcome({ sources: { live: { state: 'streaming', offset: 'l1' }, pg: { state: 'streaming', offset: 'p1' } } });
  server.socket.drop();
  const next = await server.back();
  assert.equal(new URL(next.url).searchParams.get('since'), '{"live":"l1","pg":"p1"}');
});

test('a published message with the id of a command is no answer to it', async () => {
  const server = new FakeServer();
  const { client } = await states(server);
  const seen = [];
  client.on('notification', ({ id }) => seen.push(id));
  const socket = server.socket.welcome();
  const answer = client.send('ping');
  const { id } = socket.command('ping');
  socket.tell({ type: 'notification', id, content: {}, channel: 'broadcast', source: 'live', offset: 'l1' });
  socket.tell({ type: 'pong', id });
  assert.equal((await answer).type, 'pong');
  assert.deepEqual(seen, [id]);
});

test('what is pushed goes on after a reconnect where it stopped', async () => {
  const server = new FakeServer();
  const { client } = await states(server, { token: () => 'one' });
  const seen = [];
  client.on('notification', ({ content }) => seen.push(content.title));
  client.on('order_update', ({ data }) => seen.push(data.id));
  const socket = server.socket.welcome();
  socket.tell({ type: 'notification', id: 'n1', content: { title: 'a' }, channel: 'broadcast', source: 'live', offset: 'l1' });
  const pushed = { type: 'order_update', action: 'update', channel: 'role:admin', source: 'pg', data: { id: 7 } };
  socket.tell({ ...pushed, tx: '1', offset: 'p1', commit: true }, { ...pushed, tx: '2', offset: 'p2' });
  socket.drop();
  const next = await server.back();
  assert.deepEqual(next.command('authenticate'), { type: 'authenticate', token: 'one', since: { live: 'l1', pg: 'p1' } });
  assert.deepEqual(seen, ['a', 7], 'what was not committed was not told');
});
