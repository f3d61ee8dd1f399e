import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectShared } from '../index.js';
import { settle } from './support/clock.js';
import { change, commit, FakeServer, record } from './support/server.js';

/** Web Locks and BroadcastChannels of one browser. */
class Browser {
  #queues = new Map();
  #channels = new Set();

  /** The locks and channels of one tab, which end with it. */
  tab() {
    const held = new Set();
    const mine = new Set();
    return {
      BroadcastChannel: this.#BroadcastChannel(mine),
      request: (name, callback) => {
        const queue = this.#queues.get(name) ?? [];
        this.#queues.set(name, queue);
        const entry = { callback, held };
        queue.push(entry);
        if (queue[0] === entry) {
          this.#grant(name);
        }
      },
      crash: () => {
        mine.forEach((channel) => {
          channel.postMessage = () => {};
          channel.close();
        });
        held.forEach((release) => release());
      },
    };
  }

  #grant(name) {
    const queue = this.#queues.get(name);
    const [entry] = queue;
    if (!entry) {
      return;
    }
    const release = () => {
      if (queue[0] === entry) {
        entry.held.delete(release);
        queue.shift();
        this.#grant(name);
      }
    };
    entry.held.add(release);
    queueMicrotask(() => Promise.resolve(entry.callback()).then(release));
  }

  #BroadcastChannel(mine) {
    const channels = this.#channels;
    return class extends EventTarget {
      constructor(name) {
        super();
        this.name = name;
        channels.add(this);
        mine.add(this);
      }

      set onmessage(listener) {
        this.addEventListener('message', listener);
      }

      postMessage(data) {
        const text = JSON.stringify(data);
        assert.ok(channels.has(this), 'posted on a closed channel');
        for (const channel of channels) {
          if (channel !== this && channel.name === this.name) {
            queueMicrotask(() => {
              if (channels.has(channel)) {
                channel.dispatchEvent(Object.assign(new Event('message'), { data: JSON.parse(text) }));
              }
            });
          }
        }
      }

      close() {
        channels.delete(this);
      }
    };
  }
}

async function quiet() {
  for (let i = 0; i < 10; i++) {
    await settle();
  }
}

function opener(server, browser, options) {
  return async () => {
    const locks = browser.tab();
    const client = connectShared({
      url: 'ws://server/ws', WebSocket: server.WebSocket, clock: server.clock, poll: false,
      locks, BroadcastChannel: locks.BroadcastChannel, ...options,
    });
    await quiet();
    await server.clock.pass(0); // The first one finds its own hub after the first try.
    await quiet();
    return { client, locks };
  };
}

test('tabs share one connection and one subscription, and a late one has the rows at once', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  assert.deepEqual([server.sockets.length, first.client.state, second.client.state], [1, 'connecting', 'connecting']);
  const [a, b] = [first.client.live('desks'), second.client.live('desks')];
  const events = record(b);
  const states = [];
  second.client.on('state', ({ state }) => states.push(state));
  const socket = server.socket.welcome();
  await quiet();
  assert.deepEqual([first.client.state, second.client.state, states], ['connected', 'connected', ['connected']]);
  socket.subscribed('C', { rows: [{ id: 1, n: 1, text: 'long' }] });
  await quiet();
  assert.equal(socket.sent.filter(({ type }) => type === 'subscribe').length, 1);
  const wrote = second.client.transaction('7');
  socket.tell(change('C', 'update', { id: 1, n: 2 }, { tx: '7', commit: false, unchanged: ['text'] }), change('C', 'insert', { id: 2 }, { tx: '7', commit: false }));
  await quiet();
  assert.equal(b.rows.length, 1);
  socket.tell(commit('7', 'o7'));
  await wrote;
  const third = await open();
  const c = third.client.live('desks');
  await quiet();
  for (const live of [a, b, c]) {
    assert.deepEqual([live.state, live.rows], ['ready', [{ id: 1, n: 2, text: 'long' }, { id: 2 }]]);
  }
  assert.deepEqual(events.names(), ['added', 'update', 'state', 'ready', 'added', 'changed', 'update']);
  assert.equal(server.sockets.length, 1);
});

test('when the connection is lost all tabs know, and all go on when it is back', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  const [a, b] = [first.client.live('desks'), second.client.live('desks')];
  server.socket.welcome();
  await quiet();
  server.socket.subscribed('C', { rows: [{ id: 1 }] });
  await quiet();
  server.socket.drop();
  await quiet();
  assert.deepEqual([first.client.state, second.client.state, a.state, b.state], ['reconnecting', 'reconnecting', 'stale', 'stale']);
  const next = await server.back();
  next.tell({ type: 'subscribed', id: next.command('subscribe').id, channel: 'C', key: ['id'], columns: [] });
  next.tell(change('C', 'insert', { id: 2 }), { type: 'ready', channel: 'C', offsets: { pg: 'o9' } });
  await quiet();
  assert.deepEqual([second.client.state, b.state, b.rows], ['connected', 'ready', [{ id: 1 }, { id: 2 }]]);
});

test('when the leading tab goes, another leads and all resume', async () => {
  for (const end of ['close', 'crash']) {
    const server = new FakeServer();
    const open = opener(server, new Browser());
    const [first, second, third] = [await open(), await open(), await open()];
    first.client.live('desks');
    const [b, c] = [second.client.live('desks'), third.client.live('desks')];
    const events = record(c);
    server.socket.welcome();
    await quiet();
    server.socket.subscribed('C', { rows: [{ id: 1 }], offset: 'o1' });
    await quiet();
    events.names();
    if (end === 'close') {
      first.client.close();
      await quiet();
      assert.equal(server.sockets[0].closedWith, 1000);
    } else {
      first.locks.crash();
      await quiet();
    }
    await server.clock.pass(0);
    await quiet();
    assert.equal(server.sockets.length, 2, end);
    const next = server.socket.welcome();
    await quiet();
    const { id, since, channel } = next.command('subscribe');
    assert.deepEqual([since, channel], [{ pg: 'o1' }, 'C']);
    next.tell({ type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] });
    next.tell(change('C', 'insert', { id: 2 }), { type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
    await quiet();
    for (const live of [b, c]) {
      assert.deepEqual([live.state, live.rows], ['ready', [{ id: 1 }, { id: 2 }]]);
    }
    assert.ok(!events.names().includes('reset'));
  }
});

/** Three tabs with the same rows, the first of which has gone; the others have resumed over the connection of the next to lead. */
async function takenOver(server, open) {
  const [first, second, third] = [await open(), await open(), await open()];
  first.client.live('desks');
  const lives = [second.client.live('desks'), third.client.live('desks')];
  server.socket.welcome();
  await quiet();
  server.socket.subscribed('C', { rows: [{ id: 1 }], offset: 'o1' });
  await quiet();
  first.client.close();
  await quiet();
  await server.clock.pass(0);
  await quiet();
  const next = server.socket.welcome();
  await quiet();
  const { id } = next.command('subscribe');
  next.tell({ type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] });
  next.tell(change('C', 'insert', { id: 2 }), { type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
  await quiet();
  return { lives, third, next };
}

test('a tab that comes after another took over has all rows', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const { lives, next } = await takenOver(server, open);
  const fourth = await open();
  lives.push(fourth.client.live('desks'));
  await quiet();
  const again = next.command('subscribe');
  assert.equal(again.since, undefined);
  next.tell({ type: 'subscribed', id: again.id, channel: 'C', key: ['id'], columns: [] });
  await quiet();
  const anew = next.command('subscribe');
  assert.notEqual(anew.id, again.id, 'one subscription for all, from nothing');
  next.tell({ type: 'unsubscribed', channel: 'C' }, { type: 'subscribed', id: anew.id, channel: 'C', key: ['id'], columns: [] });
  next.tell({ type: 'snapshot', channel: 'C', rows: [{ id: 1 }, { id: 2 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
  await quiet();
  next.tell(change('C', 'insert', { id: 3 }, { offset: 'o3' }));
  await quiet();
  for (const live of lives) {
    assert.deepEqual([live.state, live.rows], ['ready', [{ id: 1 }, { id: 2 }, { id: 3 }]]);
  }
});

test('a tab that comes back from further behind than the others has all rows', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const { lives, third, next } = await takenOver(server, open);
  // It was frozen, say, and asks only now.
  const frozen = (await open()).client;
  const told = [];
  frozen.subscribe('desks', { since: { pg: 'o0' }, channel: 'C' }, {
    reset: () => told.push('reset'),
    snapshot: (rows) => told.push(rows.map((row) => row.id)),
    changes: (changes) => told.push(changes.map((each) => each.data.id)),
  });
  await quiet();
  const late = next.command('subscribe');
  assert.deepEqual(late.since, { pg: 'o0' });
  next.tell({ type: 'subscribed', id: late.id, channel: 'C', key: ['id'], columns: [] });
  await quiet();
  const anew = next.command('subscribe');
  assert.equal(anew.since, undefined);
  next.tell({ type: 'unsubscribed', channel: 'C' }, { type: 'subscribed', id: anew.id, channel: 'C', key: ['id'], columns: [] });
  next.tell({ type: 'snapshot', channel: 'C', rows: [{ id: 1 }, { id: 2 }], more: false }, { type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
  await quiet();
  assert.equal(third.client.state, 'connected');
  for (const live of lives) {
    assert.deepEqual([live.state, live.rows], ['ready', [{ id: 1 }, { id: 2 }]]);
  }
  assert.deepEqual(told, ['reset', [1, 2]]);
});

test('tabs that look at different things resume what they share without a reset', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second, third] = [await open(), await open(), await open()];
  const [b, c] = [second.client.live('desks'), third.client.live('desks')];
  const events = [record(b), record(c)];
  server.socket.welcome();
  await quiet();
  server.socket.subscribed('C', { rows: [{ id: 1 }] });
  await quiet();
  third.client.live('people');
  await quiet();
  server.socket.subscribed('P', { rows: [], offset: 'o7' });
  server.socket.tell(change('P', 'insert', { id: 5 }, { offset: 'o8' }));
  await quiet();
  first.client.close();
  await quiet();
  await server.clock.pass(0);
  await quiet();
  const next = server.socket.welcome();
  await quiet();
  const asked = next.sent.filter(({ type }) => type === 'subscribe');
  assert.deepEqual(asked.map(({ collection, since }) => [collection, since.pg]), [['desks', 'o8'], ['people', 'o8']]);
  for (const { id, channel } of asked) {
    next.tell({ type: 'subscribed', id, channel, key: ['id'], columns: [] }, { type: 'ready', channel, offsets: { pg: 'o9' } });
  }
  await quiet();
  assert.deepEqual([b.state, c.state], ['ready', 'ready']);
  assert.ok(events.every((each) => !each.names().includes('reset')));
});

test('when the shape of a collection changes, all tabs begin anew with the new one', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  const lives = [first.client.live('desks'), second.client.live('desks')];
  const { socket } = server;
  socket.welcome();
  await quiet();
  socket.subscribed('C', { rows: [{ id: 1 }] });
  await quiet();
  socket.tell({ type: 'reset', channel: 'C', reason: 'schema_changed', offsets: {} });
  socket.tell({ type: 'subscribed', channel: 'D', replaces: 'C', collection: 'desks', key: ['name'], columns: [] });
  socket.tell({ type: 'snapshot', channel: 'D', rows: [{ name: 'b' }, { name: 'a' }], more: false });
  socket.tell({ type: 'ready', channel: 'D', offsets: { pg: 'o9' } });
  await quiet();
  for (const live of lives) {
    assert.deepEqual([live.state, live.rows], ['ready', [{ name: 'a' }, { name: 'b' }]]);
  }
  socket.tell(change('D', 'insert', { name: 'c' }, { key: { name: 'c' } }));
  await quiet();
  assert.equal(lives[1].rows.length, 3);
});

test('a tab that is closed or gone leaves its subscriptions, and the last one the connection', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second, third] = [await open(), await open(), await open()];
  first.client.live('desks');
  second.client.live('people');
  third.client.live('rooms');
  const socket = server.socket.welcome();
  await quiet();
  for (const { id, collection } of socket.sent.filter(({ type }) => type === 'subscribe')) {
    socket.tell({ type: 'subscribed', id, channel: collection, collection, key: ['id'], columns: [] });
  }
  second.client.close();
  await quiet();
  assert.deepEqual(socket.command('unsubscribe').channel, 'people');
  third.locks.crash();
  await quiet();
  assert.deepEqual(socket.command('unsubscribe').channel, 'rooms');
  first.client.close();
  await quiet();
  assert.equal(socket.closedWith, 1000);
});

test('errors, answers and what is pushed reach the tab that they are for', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  const seen = [];
  first.client.on('notification', ({ content }) => seen.push(['first', content]));
  second.client.on('notification', ({ content }) => seen.push(['second', content]));
  const socket = server.socket.welcome();
  await quiet();
  const wrong = second.client.live('desks', { x: 1 });
  const asked = second.client.presence('r');
  const refused = second.client.joinRoom('r');
  await quiet();
  socket.tell({ type: 'error', id: socket.command('subscribe').id, code: 4005, name: 'bad_filter', message: 'no', retry: false });
  socket.tell({ type: 'presence', id: socket.command('presence').id, count: 3 });
  socket.tell({ type: 'error', id: socket.command('join_room').id, code: 4011, name: 'unsupported', message: 'no', retry: false });
  socket.tell({ type: 'notification', content: 'hi' });
  await assert.rejects(refused, { code: 4011, reason: 'unsupported' });
  assert.equal((await asked).count, 3);
  assert.deepEqual([wrong.state, wrong.error.code], ['error', 4005]);
  assert.deepEqual(seen, [['first', 'hi'], ['second', 'hi']]);
});

test('what routes push reaches every tab once, when its transaction is whole', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  const seen = [];
  first.client.on('alert', ({ data }) => seen.push(['first', data.id]));
  second.client.on('alert', ({ data, priority }) => seen.push(['second', data.id, priority]));
  second.client.on('reset', ({ channel, reason }) => seen.push([channel, reason]));
  const live = second.client.live('desks');
  const socket = server.socket.welcome();
  await quiet();
  socket.subscribed('C', { rows: [] });
  await quiet();
  const alert = { type: 'alert', priority: 'high', commit: false };
  socket.tell(change('role:admin', 'insert', { id: 7 }, { ...alert, tx: '5' }), change('C', 'insert', { id: 1 }, { tx: '5', commit: false }));
  await quiet();
  assert.deepEqual([seen, live.rows], [[], []]);
  socket.tell(commit('5', 'o5'));
  await quiet();
  assert.deepEqual(live.rows, [{ id: 1 }]);
  assert.deepEqual(seen.splice(0).sort(), [['first', 7], ['second', 7, 'high']]);
  assert.deepEqual(second.client.offsets, { pg: 'o5' });
  socket.tell(change('role:admin', 'insert', { id: 8 }, { ...alert, tx: '6' }), commit('6', 'o6'));
  await quiet();
  assert.deepEqual(seen.splice(0).sort(), [['first', 8], ['second', 8, 'high']]);
  socket.tell({ type: 'reset', channel: 'inbox', reason: 'window_passed', offsets: { pg: 'o9' } });
  await quiet();
  assert.deepEqual([seen, second.client.offsets], [[['inbox', 'window_passed']], { pg: 'o9' }]);
});

test('when the server refuses, all tabs stop and say why', async () => {
  const server = new FakeServer();
  const open = opener(server, new Browser());
  const [first, second] = [await open(), await open()];
  const errors = [];
  second.client.on('error', ({ code }) => errors.push(code));
  server.socket.welcome();
  await quiet();
  server.socket.drop(4429, 'too many');
  await quiet();
  await server.clock.pass(60_000);
  assert.deepEqual([first.client.state, second.client.state, errors], ['disconnected', 'disconnected', [4429]]);
  assert.equal(server.sockets.length, 1);
});
