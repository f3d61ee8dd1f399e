import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.js';
import { change, FakeServer } from './support/server.js';

/** The server's end of long polling: each request waits until the test answers it. */
class FakePolls {
  requests = [];

  fetch = (url, { body, headers, signal }) =>
    new Promise((resolve, reject) => {
      const request = {
        url,
        headers,
        body: JSON.parse(body),
        signal,
        answer: (answer) => resolve({ ok: true, json: async () => answer }),
        refuse: (status) => resolve({ ok: false, status }),
        fail: () => reject(new TypeError('fetch failed')),
      };
      signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      this.requests.push(request);
    });

  get last() {
    return this.requests.at(-1);
  }

  async answer(seq, ...messages) {
    this.last.answer({ session: 'S', seq, messages });
    await settle();
  }
}

const WELCOME = { type: 'welcome', session: 'S', heartbeat_ms: 30_000, expires_at: null };

async function polling(options) {
  const server = new FakeServer();
  const polls = new FakePolls();
  const client = await server.client({ poll: true, fetch: polls.fetch, ...options });
  const seen = [client.state];
  client.on('state', ({ state }) => seen.push(state));
  for (let i = 0; i < 3; i++) {
    assert.equal(polls.requests.length, 0);
    server.socket.drop();
    await server.clock.pass(1000 * 2 ** i);
  }
  assert.equal(server.sockets.length, 3);
  return { server, polls, client, seen };
}

test('after three failed tries of a WebSocket the client polls', async () => {
  const { polls, client, seen } = await polling({ token: () => 'one' });
  assert.equal(polls.last.url, 'http://server/poll');
  assert.equal(polls.last.headers.Authorization, 'Bearer one');
  assert.deepEqual(polls.last.body, { wait_s: 0 });
  const live = client.live('desks');
  await polls.answer(1, WELCOME);
  assert.deepEqual(seen, ['connecting', 'polling']);
  assert.deepEqual(polls.last.body, {
    session: 'S', ack: 1, commands: [{ type: 'subscribe', id: 's1', collection: 'desks' }], wait_s: 0,
  });
  await polls.answer(2, { type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] });
  assert.deepEqual(polls.last.body, { session: 'S', ack: 2, wait_s: 25 });
  await polls.answer(3, { type: 'snapshot', channel: 'C', rows: [{ id: 1 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  await polls.answer(4, change('C', 'insert', { id: 2 }));
  assert.deepEqual(live.rows, [{ id: 1 }, { id: 2 }]);
  client.close();
  assert.ok(polls.last.signal.aborted);
});

test('commands do not wait for the request that waits', async () => {
  const { polls, client } = await polling();
  await polls.answer(1, WELCOME);
  const waiting = polls.last;
  client.live('desks');
  await settle();
  assert.ok(waiting.signal.aborted);
  assert.equal(polls.last.body.commands.length, 1);
  assert.equal(polls.last.body.ack, 1, 'what the server answered meanwhile comes again');
});

test('an answer that comes again is not taken again', async () => {
  const { polls, client } = await polling();
  const seen = [];
  client.on('broadcast', ({ content }) => seen.push(content));
  await polls.answer(1, WELCOME);
  await polls.answer(2, { type: 'broadcast', content: 'a' });
  await polls.answer(2, { type: 'broadcast', content: 'a' });
  await polls.answer(3, { type: 'broadcast', content: 'b' });
  assert.deepEqual(seen, ['a', 'b']);
});

test('a request that waits is repeated when it fails, and the third time the session is lost', async () => {
  const { server, polls, client, seen } = await polling();
  await polls.answer(1, WELCOME);
  for (let i = 1; i <= 2; i++) {
    polls.last.fail();
    await settle();
    await server.clock.pass(1000 * i);
    assert.deepEqual(polls.last.body, { session: 'S', ack: 1, wait_s: 25 });
    assert.equal(client.state, 'polling');
  }
  polls.last.fail();
  await settle();
  assert.deepEqual(seen, ['connecting', 'polling', 'reconnecting']);
});

test('commands that may have been carried out are not sent again: the session is resumed', async () => {
  const { polls, client } = await polling();
  await polls.answer(1, WELCOME);
  const said = client.chat('42', 'hello');
  await settle();
  polls.last.fail();
  await assert.rejects(said, { reason: 'connection_lost' });
  assert.equal(client.state, 'reconnecting');
});

test('a session that the server does not know any more is resumed in another', async () => {
  const { server, polls, client } = await polling();
  const live = client.live('desks');
  await polls.answer(1, WELCOME);
  await polls.answer(2, { type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] },
    { type: 'snapshot', channel: 'C', rows: [{ id: 1 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  polls.last.refuse(410);
  await settle();
  assert.equal(live.state, 'stale');
  await server.back();
  assert.equal(client.state, 'connected');
  assert.deepEqual(server.socket.command('subscribe').since, { pg: 'o1' });
});

test('the client goes back to a WebSocket when it works again, and resumes in it', async () => {
  const { server, polls, client, seen } = await polling();
  const live = client.live('desks');
  await polls.answer(1, WELCOME);
  await polls.answer(2, { type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] },
    { type: 'snapshot', channel: 'C', rows: [{ id: 1 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  for (const wait of [1000, 2000, 4000, 8000]) {
    const probes = server.sockets.length;
    await server.clock.pass(wait);
    assert.equal(server.sockets.length, probes + 1, `a try after ${wait} ms`);
    server.socket.drop();
    await polls.answer(undefined, { type: 'heartbeat', offsets: {} });
  }
  await polls.answer(9, change('C', 'insert', { id: 2 }, { offset: 'o2' }), change('C', 'insert', { id: 3 }, { commit: false }));
  await server.clock.pass(16_000);
  const socket = server.socket;
  socket.accept();
  assert.equal(client.state, 'polling');
  socket.welcome();
  assert.equal(client.state, 'connected');
  assert.ok(polls.last.signal.aborted);
  assert.deepEqual([socket.command('subscribe').since, live.rows.length], [{ pg: 'o2' }, 2]);
  socket.subscribed('C', { offset: 'o2' });
  assert.deepEqual([live.state, seen], ['ready', ['connecting', 'polling', 'connected']]);
  socket.drop();
  assert.equal(client.state, 'reconnecting', 'it is what the client has now');
});

test('a try of a WebSocket that gets no answer is given up, and polling goes on', async () => {
  const { server, polls, client } = await polling();
  await polls.answer(1, WELCOME);
  await server.clock.pass(1000);
  const silent = server.socket;
  await server.clock.pass(10_000);
  assert.ok(silent.closedWith);
  assert.equal(client.state, 'polling');
  await server.clock.pass(2000);
  assert.notEqual(server.socket, silent);
});

test('where neither works, they are tried in turn', async () => {
  const { server, polls } = await polling();
  for (let i = 1; i <= 3; i++) {
    polls.last.refuse(404);
    await settle();
    await server.clock.pass(server.clock.waits[0]);
    assert.deepEqual([server.sockets.length, polls.requests.length], [3 + i, i]);
    server.socket.drop();
    await server.clock.pass(server.clock.waits[0]);
    assert.deepEqual([server.sockets.length, polls.requests.length], [3 + i, i + 1]);
  }
});

for (const [status, code] of [[401, 4401], [403, 4403], [429, 4429]]) {
  test(`HTTP status ${status} ends it, as a close with ${code} does`, async () => {
    const { polls, client } = await polling();
    const errors = [];
    client.on('error', (error) => errors.push(error.code));
    polls.last.refuse(status);
    await settle();
    assert.deepEqual([client.state, errors], ['disconnected', [code]]);
  });
}

test('a client without a WebSocket polls from the beginning', { skip: !!globalThis.WebSocket && 'there is a WebSocket' }, async () => {
  const server = new FakeServer();
  const polls = new FakePolls();
  const client = await server.client({ WebSocket: undefined, poll: 'https://elsewhere/p', fetch: polls.fetch });
  assert.equal(polls.last.url, 'https://elsewhere/p');
  await polls.answer(1, WELCOME);
  await server.clock.pass(20_000);
  assert.deepEqual([client.state, server.sockets.length], ['polling', 0]);
});
