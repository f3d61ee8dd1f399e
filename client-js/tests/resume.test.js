import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.js';
import { change, commit, FakeServer, record } from './support/server.js';

async function opened(options) {
  const server = new FakeServer();
  const client = await server.client(options);
  const live = client.live('desks');
  const socket = server.socket.welcome().subscribed('C', { rows: [{ id: 1, n: 1 }], offset: 'o1' });
  return { server, client, live, socket, events: record(live) };
}

test('a client resumes where the last commit was, and throws away what was not committed', async () => {
  const { server, live, socket, events } = await opened();
  socket.tell(change('C', 'update', { id: 1, n: 2 }, { tx: '5', offset: 'o5' }));
  socket.tell(change('C', 'update', { id: 1, n: 3 }, { tx: '6', commit: false }));
  socket.drop();
  assert.equal(live.state, 'stale');
  assert.deepEqual(live.rows, [{ id: 1, n: 2 }], 'the rows stay on the screen');
  events.names();
  const next = await server.back();
  assert.deepEqual(next.command('subscribe'), { type: 'subscribe', id: 's2', collection: 'desks', since: { pg: 'o5' }, channel: 'C' });
  next.tell({ type: 'subscribed', id: 's2', channel: 'C', key: ['id'], columns: [] });
  next.tell(change('C', 'insert', { id: 2 }, { tx: '6', commit: false }), commit('6', 'o6'));
  next.tell(change('C', 'insert', { id: 3 }, { tx: '7', offset: 'o7' }));
  assert.deepEqual(live.rows, [{ id: 1, n: 2 }, { id: 2 }], 'the last one may go on');
  next.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o7' } });
  assert.deepEqual(live.rows, [{ id: 1, n: 2 }, { id: 2 }, { id: 3 }]);
  assert.deepEqual(events.names(), ['added', 'update', 'added', 'update', 'state', 'ready']);
});

test('a long absence need not be made up for at once: it goes on after the last transaction that was shown', async () => {
  const { server, client, live, socket, events } = await opened();
  socket.drop();
  const next = await server.back();
  next.tell({ type: 'subscribed', id: 's2', channel: 'C', key: ['id'], columns: [] });
  next.tell(change('C', 'insert', { id: 2 }, { tx: '6', offset: 'o6' }));
  next.tell(change('C', 'insert', { id: 3 }, { tx: '7', offset: 'o7.1', commit: false }));
  next.tell(change('C', 'insert', { id: 4 }, { tx: '7', offset: 'o7.2', commit: false }), commit('7', 'o99'));
  next.tell(change('C', 'insert', { id: 5 }, { tx: '8', offset: 'o8' }));
  assert.deepEqual([live.state, live.rows.map(({ id }) => id)], ['stale', [1, 2, 3, 4]]);
  assert.deepEqual(client.offsets, { pg: 'o1' }, 'that of those that are ready');
  next.drop();
  const last = await server.back();
  assert.deepEqual(last.command('subscribe').since, { pg: 'o7.2' }, 'and not where others were by then');
  last.tell({ type: 'subscribed', id: 's3', channel: 'C', key: ['id'], columns: [] });
  last.tell(change('C', 'insert', { id: 5 }, { tx: '8', offset: 'o8' }), { type: 'ready', channel: 'C', offsets: { pg: 'o9' } });
  assert.deepEqual(live.rows.map(({ id }) => id), [1, 2, 3, 4, 5]);
  assert.equal(events.names().filter((name) => name === 'update').length, 3, 'each once');
});

test('what has no name, or is conflated, is held back until it is ready', async () => {
  for (const [options, tx] of [[{}, null], [{ conflate: true }, '7']]) {
    const server = new FakeServer();
    const client = await server.client();
    const live = client.live('desks', undefined, options);
    server.socket.welcome().subscribed('C', { rows: [{ id: 1 }] }).drop();
    const next = await server.back();
    next.tell({ type: 'subscribed', id: 's2', channel: 'C', key: ['id'], columns: [] });
    next.tell(change('C', 'insert', { id: 2 }, { tx }), change('C', 'insert', { id: 3 }, { tx: tx && '8' }));
    assert.deepEqual(live.rows, [{ id: 1 }]);
    next.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o9' } });
    assert.equal(live.rows.length, 3);
  }
});

test('the offset is that of the last ready, commit or heartbeat', async () => {
  const { server, client, socket } = await opened();
  const resumesFrom = async (from) => {
    server.socket.drop();
    const next = await server.back();
    assert.deepEqual(next.command('subscribe').since, { pg: from });
    return next.subscribed('C', { offset: from });
  };
  assert.deepEqual(client.offsets, { pg: 'o1' });
  socket.tell({ type: 'heartbeat', offsets: { pg: 'o2' } });
  (await resumesFrom('o2')).tell(change('C', 'insert', { id: 2 }, { commit: false, offset: 'x' }));
  (await resumesFrom('o2')).tell(change('C', 'insert', { id: 2 }, { commit: false, offset: 'x' }), commit('1', 'o3'));
  (await resumesFrom('o3')).tell(change('C', 'insert', { id: 3 }, { offset: 'o4' }));
  await resumesFrom('o4');
});

test('a subscription that was not ready is started as it was started before', async () => {
  const { server, client, socket } = await opened();
  server.clock.chance = 0.1;
  const people = client.live('people');
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'subscribed', id, channel: 'P', key: ['id'], columns: [] });
  socket.tell({ type: 'snapshot', channel: 'P', rows: [{ id: 1 }], more: true });
  socket.drop();

  const second = await server.back();
  const [desks, anew] = second.sent;
  assert.deepEqual([desks.since, anew.since, anew.channel], [{ pg: 'o1' }, undefined, undefined]);
  second.tell({ type: 'subscribed', id: desks.id, channel: 'C', key: ['id'], columns: [] });
  second.tell({ type: 'subscribed', id: anew.id, channel: 'P', key: ['id'], columns: [] });
  second.tell(change('C', 'insert', { id: 9 }, { offset: 'o8' }));
  second.tell({ type: 'snapshot', channel: 'P', rows: [{ id: 2 }], more: false });
  second.tell({ type: 'ready', channel: 'P', offsets: { pg: 'o9' } });
  assert.deepEqual(people.rows, [{ id: 2 }], 'the page of before is forgotten');
  second.drop();

  const third = await server.back();
  assert.deepEqual(third.sent.map(({ since }) => since), [{ pg: 'o1' }, { pg: 'o9' }]);
});

for (const reason of ['window_passed', 'epoch_changed', 'slot_lost', 'schema_changed', 'access_changed', 'restarted']) {
  test(`a resume that is answered with ${reason} begins anew`, async () => {
    const { server, live, socket, events } = await opened();
    socket.drop();
    events.names();
    const next = await server.back();
    const { id } = next.command('subscribe');
    const channel = reason === 'access_changed' ? 'D' : 'C';
    next.tell({ type: 'subscribed', id, channel, key: ['id'], columns: [] });
    next.tell({ type: 'reset', channel: 'C', reason, offsets: { pg: 'o50' } });
    assert.deepEqual([live.rows, live.state], [[], 'loading']);
    assert.deepEqual(events.splice(0), [['state', 'loading'], ['reset', { reason }]]);
    next.tell({ type: 'snapshot', channel, rows: [{ id: 5 }], more: false });
    next.tell({ type: 'ready', channel, offsets: { pg: 'o51' } });
    assert.deepEqual([live.rows, live.state], [[{ id: 5 }], 'ready']);
    next.drop();
    const last = await server.back();
    assert.deepEqual([last.command('subscribe').since, last.command('subscribe').channel], [{ pg: 'o51' }, channel]);
  });
}

test('an open subscription whose shape has changed begins anew with the new columns', async () => {
  const { live, socket } = await opened();
  socket.tell(change('C', 'insert', { id: 2 }, { commit: false }));
  socket.tell({ type: 'reset', channel: 'C', reason: 'schema_changed', offsets: {} });
  socket.tell({ type: 'subscribed', channel: 'C2', replaces: 'C', collection: 'desks', key: ['name'], columns: [{ name: 'name', type: 'text' }] });
  socket.tell({ type: 'snapshot', channel: 'C2', rows: [{ name: 'b' }, { name: 'a' }], more: false });
  socket.tell({ type: 'ready', channel: 'C2', offsets: { pg: 'o9' } });
  assert.deepEqual(live.rows, [{ name: 'a' }, { name: 'b' }]);
  socket.tell({ ...change('C2', 'delete', {}), key: { name: 'a' } });
  assert.deepEqual(live.rows, [{ name: 'b' }]);
});

test('an offset that the server does not know is given up for a snapshot', async () => {
  const { server, live, socket, events } = await opened();
  socket.drop();
  const next = await server.back();
  const { id } = next.command('subscribe');
  next.tell({ type: 'error', id, code: 4012, name: 'bad_offset', message: 'no', retry: false });
  assert.deepEqual(events.filter(([name]) => name === 'reset').map(([, event]) => event), [{ reason: 'bad_offset' }]);
  assert.equal(next.command('subscribe').since, undefined);
  next.subscribed('C', { rows: [{ id: 3 }] });
  assert.deepEqual(live.rows, [{ id: 3 }]);
});

test('a resume that cannot be answered yet is tried again with the same offset', async () => {
  const { server, live, socket } = await opened();
  socket.drop();
  const next = await server.back();
  const { id } = next.command('subscribe');
  next.tell({ type: 'error', id, code: 4010, name: 'source_unavailable', message: 'not begun', retry: true });
  await server.clock.pass(1000);
  assert.deepEqual(next.command('subscribe').since, { pg: 'o1' });
  next.subscribed('C', { offset: 'o2' });
  assert.deepEqual([live.state, live.rows.length], ['ready', 1]);
});

test('changes with handlers come transaction by transaction, after the snapshot, and go on after a reload', async () => {
  const server = new FakeServer();
  const client = await server.client();
  const told = [];
  const handlers = {
    snapshot: (rows) => told.push(['snapshot', rows]),
    changes: (changes, { tx, offset }) => told.push([tx, offset, changes.map(({ action, row }) => [action, row])]),
    ready: (where) => told.push(['ready', where]),
    reset: ({ reason }) => told.push(['reset', reason]),
  };
  const subscription = client.subscribe('desks', { filter: { a: 1 }, snapshot: { order_by: ['id'], limit: 5 } }, handlers);
  const socket = server.socket.welcome();
  assert.deepEqual(socket.command('subscribe').snapshot, { order_by: ['id'], limit: 5 });
  socket.subscribed('C', { rows: [{ id: 1, n: 1 }], offset: 'o1' });
  socket.tell(change('C', 'update', { id: 1, m: 2 }, { commit: false }), change('C', 'delete', { id: 1 }, { offset: 'o2' }));
  assert.deepEqual(told.splice(0), [
    ['snapshot', [{ id: 1, n: 1 }]],
    ['ready', { channel: 'C', offsets: { pg: 'o1' } }],
    ['1', 'o2', [['update', { id: 1, n: 1, m: 2 }], ['delete', { id: 1, n: 1, m: 2 }]]],
  ]);
  socket.tell({ type: 'reset', channel: 'C', reason: 'slot_lost', offsets: {} });
  assert.deepEqual(told.splice(0), [['reset', 'slot_lost']]);
  subscription.close();
  assert.equal(socket.command('unsubscribe').channel, 'C');

  client.subscribe('desks', { snapshot: false, since: { pg: 'o2' }, channel: 'C' }, handlers);
  const { id, ...asked } = socket.command('subscribe');
  assert.deepEqual(asked, { type: 'subscribe', collection: 'desks', snapshot: false, since: { pg: 'o2' }, channel: 'C' });
  socket.subscribed('C', { offset: 'o3' });
  assert.deepEqual(told.splice(0), [['ready', { channel: 'C', offsets: { pg: 'o3' } }]]);
});

// ---- One's own writes

test('a client can wait for its own write, before and after it has come', async () => {
  const { client, socket, live } = await opened();
  const waiting = client.transaction(918);
  let rows;
  waiting.then(() => (rows = live.rows.length));
  socket.tell(change('C', 'insert', { id: 2 }, { tx: '918', commit: false }), commit('918', 'o18'));
  assert.deepEqual(await waiting, { offset: 'o18' });
  assert.equal(rows, 2);
  assert.deepEqual(await client.transaction('918'), { offset: 'o18' });
});

test('a write that does not come is given up after a while', async () => {
  const { server, client } = await opened();
  const waiting = client.transaction('7', { timeout: 500 });
  const failed = assert.rejects(waiting, { reason: 'timeout', message: /transaction 7 has not arrived within 500 ms/ });
  await server.clock.pass(500);
  await failed;
});

test('a write that came while a subscription caught up has arrived when that is ready', async () => {
  const { server, client, socket } = await opened();
  socket.drop();
  const waiting = client.transaction('7');
  let arrived = false;
  waiting.then(() => (arrived = true));
  const next = await server.back();
  next.tell({ type: 'subscribed', id: next.command('subscribe').id, channel: 'C', key: ['id'], columns: [] });
  next.tell(change('C', 'insert', { id: 2 }, { tx: '7' }));
  await server.clock.pass(1);
  assert.equal(arrived, false);
  next.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
  await waiting;
});

test('a write can arrive in the rows of a snapshot that was asked for after it', async () => {
  const { server, client, socket } = await opened();
  server.clock.chance = 0.1;
  const people = client.live('people');
  const waiting = client.transaction('7');
  let arrived = false;
  waiting.then(() => (arrived = true));
  socket.subscribed('P', { rows: [] });
  await settle();
  assert.equal(arrived, false, 'this one was asked for before');
  people.close();
  socket.drop();
  const next = await server.back();
  const { id } = next.command('subscribe');
  next.tell({ type: 'subscribed', id, channel: 'C', key: ['id'], columns: [] });
  next.tell({ type: 'reset', channel: 'C', reason: 'window_passed', offsets: {} });
  next.tell({ type: 'snapshot', channel: 'C', rows: [{ id: 1 }], more: false });
  next.tell({ type: 'ready', channel: 'C', offsets: { pg: 'o2' } });
  assert.deepEqual(await waiting, {});
});

test('a write that came with a snapshot, or concerns nothing that is shown, has arrived when a later subscription is ready', async () => {
  const { server, client, socket, live } = await opened();
  const waiting = client.transaction('7');
  await server.clock.pass(1000);
  const { id, collection, filter } = socket.command('subscribe');
  assert.deepEqual([collection, filter], ['desks', { $or: [] }], 'a subscription to no rows');
  const later = client.transaction('8');
  let arrived = false;
  later.then(() => (arrived = true));
  const probe = { channel: 'N', offsets: { pg: 'o2' } };
  socket.tell({ type: 'subscribed', id, channel: 'N', key: ['id'], columns: [] }, { type: 'ready', ...probe });
  assert.deepEqual(await waiting, {});
  assert.deepEqual(socket.command('unsubscribe'), { type: 'unsubscribe', channel: 'N' });
  assert.equal(arrived, false, 'it may have been committed after that');
  await server.clock.pass(1000);
  socket.subscribed('N', { offset: 'o3' });
  assert.deepEqual(await later, {});
  assert.deepEqual(live.state, 'ready');
  assert.deepEqual(server.clock.waits.filter((wait) => wait < 90_000), [], 'nothing goes on');
});
