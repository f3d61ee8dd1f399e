import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.js';
import { change, commit, FakeServer, record } from './support/server.js';

async function opened(collection = 'desks', filter, options) {
  const server = new FakeServer();
  const client = await server.client();
  const live = client.live(collection, filter, options);
  return { server, client, live, socket: server.socket.welcome() };
}

test('a live collection begins with the rows of the snapshot, sorted by key', async () => {
  const { live, socket } = await opened('desks', { floor: 1 }, { columns: ['name'] });
  assert.deepEqual(socket.command('subscribe'), {
    type: 'subscribe', id: 's1', collection: 'desks', filter: { floor: 1 }, columns: ['name'],
  });
  const events = record(live);
  assert.equal(live.state, 'loading');
  socket.tell({ type: 'subscribed', id: 's1', channel: 'C', collection: 'desks', key: ['id'], columns: [{ name: 'id', type: 'int4' }] });
  socket.tell({ type: 'snapshot', channel: 'C', rows: [{ id: 10, name: 'b' }, { id: 2, name: 'a' }], more: true });
  assert.deepEqual(live.rows, [], 'nothing is shown before it is whole');
  socket.tell({ type: 'snapshot', channel: 'C', rows: [{ id: 1, name: 'c' }], more: false });
  socket.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  assert.deepEqual(live.rows.map(({ id }) => id), [1, 2, 10]);
  assert.equal(live.state, 'ready');
  assert.deepEqual(events.names(), ['added', 'update', 'state', 'ready']);
});

test('inserts, updates and deletes of one transaction are told once, at its commit', async () => {
  const { live, socket } = await opened();
  socket.subscribed('C', { rows: [{ id: 1, n: 1 }, { id: 2, n: 1 }, { id: 3, n: 1 }] });
  const events = record(live);
  const before = live.rows;
  socket.tell(
    change('C', 'insert', { id: 4, n: 1 }, { commit: false }),
    change('C', 'update', { id: 1, n: 2 }, { commit: false }),
    change('C', 'delete', { id: 2 }, { commit: false }),
    change('C', 'insert', { id: 9, n: 1 }, { commit: false }),
    change('C', 'delete', { id: 9 }, { commit: false }),
  );
  assert.deepEqual(events.names(), []);
  assert.equal(live.rows, before, 'the same array as long as nothing changed');
  socket.tell(commit('1', 'o9'));
  assert.deepEqual(live.rows, [{ id: 1, n: 2 }, { id: 3, n: 1 }, { id: 4, n: 1 }]);
  assert.deepEqual(events.at(-1), ['update', {
    added: [{ id: 4, n: 1 }],
    changed: [{ row: { id: 1, n: 2 }, old: { id: 1, n: 1 } }],
    removed: [{ id: 2, n: 1 }],
    source: 'pg', tx: '1', offset: 'o9',
  }]);
  assert.deepEqual(events.names(), ['added', 'changed', 'removed', 'update']);
  assert.deepEqual(before.length, 3, 'the array of before is as it was');
});

test('an update keeps the columns that did not change', async () => {
  const { live, socket } = await opened();
  socket.subscribed('C', { rows: [{ id: 1, text: 'long', n: 1 }] });
  socket.tell(change('C', 'update', { id: 1, n: 2 }, { unchanged: ['text'] }));
  assert.deepEqual(live.get(1), { id: 1, text: 'long', n: 2 });
});

test('a key change is a delete and an insert, and the row is sorted anew', async () => {
  const { live, socket } = await opened();
  socket.subscribed('C', { rows: [{ id: 1 }, { id: 2 }] });
  socket.tell(change('C', 'delete', { id: 1 }, { commit: false }), change('C', 'insert', { id: 3 }));
  assert.deepEqual(live.rows, [{ id: 2 }, { id: 3 }]);
});

test('a truncate removes all rows, and what follows in its transaction is there', async () => {
  const { live, socket } = await opened();
  socket.subscribed('C', { rows: [{ id: 1 }, { id: 2 }] });
  const events = record(live);
  socket.tell(change('C', 'truncate', null, { commit: false }), change('C', 'insert', { id: 2, n: 1 }));
  assert.deepEqual(live.rows, [{ id: 2, n: 1 }]);
  assert.deepEqual(events.find(([name]) => name === 'removed')[1], [{ id: 1 }]);
});

test('changes between and after the pages are applied when it is ready, on top of the rows', async () => {
  const { live, socket } = await opened();
  const { id } = socket.command('subscribe');
  socket.tell(
    { type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] },
    { type: 'snapshot', channel: 'C', rows: [{ id: 1, n: 1 }], more: true },
    change('C', 'update', { id: 2, n: 2 }),
    { type: 'snapshot', channel: 'C', rows: [{ id: 2, n: 1 }], more: false },
    change('C', 'delete', { id: 1 }),
  );
  assert.deepEqual(live.rows, []);
  socket.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o5' } });
  assert.deepEqual(live.rows, [{ id: 2, n: 2 }]);
});

test('a transaction over two subscriptions is in both before anybody is told', async () => {
  const { client, live: desks, socket, server } = await opened('desks');
  socket.subscribed('D', { rows: [] });
  const people = client.live('people');
  socket.subscribed('P', { rows: [] });
  const seen = [];
  desks.on('update', () => seen.push([desks.rows.length, people.rows.length]));
  people.on('update', () => seen.push([desks.rows.length, people.rows.length]));
  socket.tell(change('D', 'insert', { id: 1 }, { commit: false }), change('P', 'insert', { id: 1 }));
  assert.deepEqual(seen, [[1, 1], [1, 1]]);
  assert.equal(server.sockets.length, 1);
});

test('a subscription that catches up takes no part in the transactions of those that are ready', async () => {
  const { client, live: desks, socket } = await opened('desks');
  socket.subscribed('D', { rows: [], offset: 'o1' });
  const people = client.live('people');
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'subscribed', id, channel: 'P', key: ['id'], columns: [] });
  socket.tell({ type: 'snapshot', channel: 'P', rows: [], more: false });
  socket.tell(change('P', 'insert', { id: 1 }, { tx: '7', commit: false }));
  socket.tell(change('D', 'insert', { id: 1 }, { tx: '9', offset: 'o9' }));
  assert.equal(client.offsets.pg, 'o9');
  socket.tell(change('P', 'insert', { id: 2 }, { tx: '7', offset: 'o7' }));
  assert.equal(client.offsets.pg, 'o9', 'the commit of one that catches up is no place to resume the others from');
  assert.deepEqual([desks.rows.length, people.rows.length], [1, 0]);
  socket.tell(change('P', 'insert', { id: 3 }, { tx: '10', commit: false }));
  socket.tell({ type: 'ready', channel: 'P', offsets: { pg: 'o9' } });
  assert.deepEqual(people.rows, [{ id: 1 }, { id: 2 }], 'what is not committed waits');
  socket.tell(commit('10', 'o10'));
  assert.deepEqual(people.rows, [{ id: 1 }, { id: 2 }, { id: 3 }]);
});

test('rows are sorted by the columns asked for, numbers in text as numbers, null last', async () => {
  const { live, socket } = await opened('desks', undefined, { orderBy: ['-price', 'name'] });
  socket.subscribed('C', {
    columns: [{ name: 'id', type: 'int4' }, { name: 'price', type: 'numeric' }, { name: 'name', type: 'text' }],
    rows: [{ id: 1, price: '9', name: 'b' }, { id: 2, price: '10', name: 'a' }, { id: 3, price: null, name: 'c' }, { id: 4, price: '9', name: 'a' }],
  });
  assert.deepEqual(live.rows.map(({ id }) => id), [2, 4, 1, 3]);
  socket.tell(change('C', 'update', { id: 3, price: '9.5', name: 'c' }));
  assert.deepEqual(live.rows.map(({ id }) => id), [2, 3, 4, 1]);
});

test('two that ask for the same share one subscription; the late one has the rows at once and is told', async () => {
  const { client, live, socket } = await opened('desks', { a: 1 });
  socket.subscribed('C', { rows: [{ id: 1 }] });
  const late = client.live('desks', { a: 1 });
  assert.deepEqual([late.state, late.rows], ['ready', [{ id: 1 }]]);
  const events = record(late);
  await settle();
  assert.deepEqual(events.names(), ['added', 'update', 'ready']);
  assert.equal(socket.sent.length, 1);
  live.close();
  assert.equal(socket.sent.length, 1);
  late.close();
  assert.deepEqual(socket.command('unsubscribe'), { type: 'unsubscribe', channel: 'C' });
});

test('two that turn out to see the same are one from then on', async () => {
  const { client, live, socket } = await opened('desks', { a: 1 });
  socket.subscribed('C', { rows: [{ id: 1 }] });
  const late = client.live('desks', { a: { $eq: 1 } });
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] }, { type: 'ready', channel: 'C', offsets: { pg: 'o1' } });
  assert.deepEqual(late.rows, [{ id: 1 }]);
  socket.tell(change('C', 'insert', { id: 2 }));
  assert.deepEqual([live.rows.length, late.rows.length], [2, 2]);
});

test('one that is closed before the answer is unsubscribed when it comes, or taken up again', async () => {
  const { client, live, socket } = await opened();
  live.close();
  const again = client.live('desks');
  assert.equal(socket.sent.length, 1, 'the question is still open');
  socket.subscribed('C', { rows: [{ id: 1 }] });
  assert.equal(again.rows.length, 1);
  const other = client.live('people');
  other.close();
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'subscribed', id, channel: 'P', key: ['id'], columns: [] });
  assert.deepEqual(socket.command('unsubscribe'), { type: 'unsubscribe', channel: 'P' });
});

test('one that got into a channel which was being left begins anew', async () => {
  const { client, live, socket } = await opened();
  live.close();
  const other = client.live('desks', {});
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'subscribed', id: 's1', channel: 'C', key: ['id'], columns: [] });
  socket.tell({ type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] });
  socket.tell({ type: 'unsubscribed', channel: 'C' });
  assert.notEqual(socket.command('subscribe').id, id);
  socket.subscribed('C', { rows: [{ id: 1 }] });
  assert.equal(other.rows.length, 1);
});

test('a refused subscription ends with the error, and the others go on', async () => {
  const { client, live, socket } = await opened();
  const other = client.live('people');
  const events = record(live);
  socket.tell({ type: 'error', id: 's1', code: 4005, name: 'bad_filter', message: 'no column x', retry: false });
  assert.deepEqual([live.state, live.error.code, live.error.reason, live.error.message], ['error', 4005, 'bad_filter', 'no column x']);
  assert.deepEqual(events.names(), ['state', 'error']);
  socket.subscribed('P', { rows: [{ id: 1 }] });
  assert.equal(other.state, 'ready');
});

test('an error that may pass is tried again, later each time', async () => {
  const { server, live, socket } = await opened();
  for (const wait of [1000, 2000, 4000]) {
    const { id } = socket.command('subscribe');
    socket.tell({ type: 'error', id, code: 4010, name: 'source_unavailable', message: 'not yet', retry: true });
    await server.clock.pass(wait - 1);
    assert.equal(socket.command('subscribe').id, id);
    await server.clock.pass(1);
    assert.notEqual(socket.command('subscribe').id, id);
  }
  socket.subscribed('C', { rows: [{ id: 1 }] });
  assert.equal(live.state, 'ready');
});

test('one that is closed while it waits for its next try is not taken up again, but asked for anew', async () => {
  const { client, live, socket } = await opened();
  socket.tell({ type: 'error', id: 's1', code: 4010, name: 'source_unavailable', message: 'not yet', retry: true });
  live.close();
  const again = client.live('desks');
  assert.equal(socket.command('subscribe').id, 's2');
  socket.subscribed('C', { rows: [{ id: 1 }] });
  assert.equal(again.state, 'ready');
});

test('a collection without a key has no live rows, but its changes', async () => {
  const { client, live, socket } = await opened();
  socket.subscribed('C', { key: null, rows: [{ a: 1 }] });
  assert.equal(live.error.reason, 'no_key');
  const seen = [];
  client.subscribe('desks', {}, {
    snapshot: (rows) => seen.push(rows),
    changes: (changes) => seen.push(changes.map(({ data }) => data)),
  });
  socket.subscribed('C', { key: null, rows: [{ a: 1 }] });
  socket.tell({ ...change('C', 'insert', { a: 2 }), key: null });
  assert.deepEqual(seen, [[{ a: 1 }], [{ a: 2 }]]);
});

test('what a listener throws does not stop the others', async () => {
  const { live, socket } = await opened();
  const thrown = [];
  const previous = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => thrown.push(error.message));
  const seen = [];
  live.on('ready', () => {
    throw new Error('mine');
  });
  live.on('ready', () => seen.push('ready'));
  socket.subscribed('C', { rows: [] });
  await new Promise((resolve) => setImmediate(resolve));
  previous.forEach((listener) => process.on('uncaughtException', listener));
  assert.deepEqual([seen, thrown], [['ready'], ['mine']]);
});
