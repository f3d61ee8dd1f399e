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
        refuse: (status, body) => resolve({ ok: false, status, json: async () => body ?? JSON.parse('<html>') }),
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
    await server.clock.pass(i < 2 ? 1000 * 2 ** i : 0);
  }
  assert.equal(server.sockets.length, 3);
  return { server, polls, client, seen };
}

test('after three failed tries of a WebSocket the client polls, at once', async () => {
  const { polls, client, seen } = await polling({ token: () => 'one' });
  assert.equal(polls.last.url, 'http://server/poll');
  assert.equal(polls.last.headers.Authorization, 'Bearer one');
  assert.deepEqual(polls.last.body, { request: 1, wait_s: 25 });
  const live = client.live('desks');
  await polls.answer(1, WELCOME);
  assert.deepEqual(seen, ['connecting', 'polling']);
  assert.deepEqual(polls.last.body, {
    session: 'S', ack: 1, request: 2, commands: [{ type: 'subscribe', id: 's1', collection: 'desks' }], wait_s: 0,
  });
  await polls.answer(2, { type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] });
  assert.deepEqual(polls.last.body, { session: 'S', ack: 2, request: 3, wait_s: 25 });
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
    assert.deepEqual(polls.last.body, { session: 'S', ack: 1, request: 2 + i, wait_s: 25 });
    assert.equal(client.state, 'polling');
  }
  polls.last.fail();
  await settle();
  assert.deepEqual(seen, ['connecting', 'polling', 'reconnecting']);
});

test('commands that may have been carried out are sent again under the same number', async () => {
  const { server, polls, client } = await polling();
  await polls.answer(1, WELCOME);
  const said = client.chat('42', 'hello');
  await settle();
  const first = polls.last.body;
  assert.equal(first.commands[0].content, 'hello');
  polls.last.fail();
  const more = client.chat('42', 'again');
  await settle();
  await server.clock.pass(1000);
  assert.deepEqual(polls.last.body, first, 'the server knows by the number whether it had them');
  await polls.answer(2, { type: 'ok', id: first.commands[0].id });
  await said;
  assert.deepEqual([polls.last.body.request, polls.last.body.commands[0].content], [first.request + 1, 'again']);
  await polls.answer(3, { type: 'ok', id: polls.last.body.commands[0].id });
  await more;
});

test('an answer can say that the session is over, and why', async () => {
  const { polls, client, seen } = await polling();
  const errors = [];
  client.on('error', (error) => errors.push([error.code, error.message]));
  await polls.answer(1, WELCOME);
  polls.last.answer({ session: 'S', seq: 1, messages: [], close: { code: 4501, reason: 'draining' } });
  await settle();
  assert.deepEqual(seen, ['connecting', 'polling', 'reconnecting']);
  client.connect();
  await settle();
  await polls.answer(1, WELCOME);
  polls.last.answer({ session: 'S', seq: 1, messages: [], close: { code: 4400, reason: 'ten bad messages' } });
  await settle();
  assert.deepEqual([client.state, errors], ['disconnected', [[4400, 'ten bad messages']]]);
});

test('a session that the server does not know any more is resumed in another', async () => {
  const { server, polls, client } = await polling();
  const live = client.live('desks');
  await polls.answer(1, WELCOME);
  await polls.answer(2, { type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] },
    { type: 'snapshot', channel: 'C', rows: [{ id: 1 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  polls.last.refuse(410, { type: 'error', code: 4015 });
  await settle();
  assert.equal(live.state, 'stale');
  await server.clock.pass(4000);
  assert.equal(server.sockets.length, 3, 'where no WebSocket has worked it is not waited for');
  await polls.answer(1, WELCOME);
  assert.deepEqual([client.state, polls.last.body.commands[0].since], ['polling', { pg: 'o1' }]);
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

test('a WebSocket that the page may not even try counts as one that failed', async () => {
  const server = new FakeServer();
  const polls = new FakePolls();
  class Forbidden {
    constructor() {
      throw new DOMException('insecure', 'SecurityError');
    }
  }
  const client = await server.client({ poll: true, fetch: polls.fetch, WebSocket: Forbidden });
  await server.clock.pass(3000);
  await polls.answer(1, WELCOME);
  assert.equal(client.state, 'polling');
});

test('where neither works, each try is one of both', async () => {
  const { server, polls } = await polling();
  for (let i = 1; i <= 3; i++) {
    polls.last.refuse(404);
    await settle();
    assert.deepEqual([server.sockets.length, polls.requests.length], [2 + i, i]);
    await server.clock.pass(server.clock.waits[0]);
    assert.deepEqual([server.sockets.length, polls.requests.length], [3 + i, i]);
    server.socket.drop();
    await server.clock.pass(0);
    assert.deepEqual([server.sockets.length, polls.requests.length], [3 + i, i + 1]);
  }
});

for (const [status, code] of [[401, 4401], [403, 4403], [429, 4429]]) {
  test(`HTTP status ${status} of the server ends it, as a close with ${code} does`, async () => {
    const { polls, client } = await polling();
    const errors = [];
    client.on('error', (error) => errors.push([error.code, error.message]));
    polls.last.refuse(status, { type: 'error', message: 'go away' });
    await settle();
    assert.deepEqual([client.state, errors], ['disconnected', [[code, 'go away']]]);
  });
}

test('what a proxy says for the server ends nothing', async () => {
  const { server, polls, client } = await polling();
  polls.last.refuse(403);
  await settle();
  assert.equal(client.state, 'connecting');
  await server.back();
  assert.equal(client.state, 'connected');
});

test('when the network comes back, one that polls tries a WebSocket at once', async () => {
  const page = new EventTarget();
  globalThis.addEventListener = page.addEventListener.bind(page);
  globalThis.removeEventListener = page.removeEventListener.bind(page);
  try {
    const { server, polls, client } = await polling();
    await polls.answer(1, WELCOME);
    for (let i = 0; i < 4; i++) {
      await server.clock.pass(1000 * 2 ** i);
      server.socket.drop();
    }
    const tries = server.sockets.length;
    page.dispatchEvent(new Event('online'));
    await server.clock.pass(1000);
    assert.equal(server.sockets.length, tries + 1, 'and not after up to 16 s');
    client.close();
  } finally {
    delete globalThis.addEventListener;
    delete globalThis.removeEventListener;
  }
});

test('a client without a WebSocket polls from the beginning', { skip: !!globalThis.WebSocket && 'there is a WebSocket' }, async () => {
  const server = new FakeServer();
  const polls = new FakePolls();
  const client = await server.client({ WebSocket: undefined, poll: 'https://elsewhere/p', fetch: polls.fetch });
  assert.equal(polls.last.url, 'https://elsewhere/p');
  await polls.answer(1, WELCOME);
  await server.clock.pass(20_000);
  assert.deepEqual([client.state, server.sockets.length], ['polling', 0]);
});
