import assert from 'node:assert/strict';
import { test } from 'node:test';
import { change, commit, FakeServer, record } from './support/server.js';

/** A client that listens to everything that comes without a subscription. */
async function listening(options, fields) {
  const server = new FakeServer();
  const client = await server.client(options);
  const seen = [];
  client.on('alert', ({ channel, data, priority }) => seen.push([channel, data.id, ...(priority ? [priority] : [])]));
  client.on('reset', ({ channel, reason }) => seen.push([channel, reason]));
  return { server, client, seen, socket: server.socket.welcome(fields) };
}

const alert = (channel, id, fields) => change(channel, 'insert', { id }, { type: 'alert', commit: false, ...fields });

test('what routes push is told when its transaction is whole, with its priority, whatever the address', async () => {
  const { socket, client, seen } = await listening();
  socket.tell(alert('broadcast', 1, { tx: '5' }), alert('user:42', 2, { tx: '5', priority: 'high' }));
  assert.deepEqual(seen, []);
  socket.tell(commit('5', 'o5'));
  assert.deepEqual(seen.splice(0), [['broadcast', 1], ['user:42', 2, 'high']]);
  socket.tell(alert('role:admin', 3, { tx: '6' }), alert('room:lobby', 4, { tx: '6', priority: 'low' }), commit('6', 'o6'));
  assert.deepEqual(seen, [['role:admin', 3], ['room:lobby', 4, 'low']]);
  assert.deepEqual(client.offsets, { pg: 'o6' });
});

test('a pushed change and the same one of a subscription are whole together', async () => {
  const { socket, client, seen } = await listening();
  const live = client.live('desks');
  socket.subscribed('C', { rows: [] });
  const events = record(live);
  socket.tell(alert('role:admin', 1, { tx: '5' }), change('C', 'insert', { id: 1 }, { tx: '5', commit: false }));
  assert.deepEqual([seen, live.rows], [[], []]);
  socket.tell(commit('5', 'o5'));
  assert.deepEqual([seen, live.rows], [[['role:admin', 1]], [{ id: 1 }]]);
  assert.deepEqual(events.names(), ['added', 'update']);
});

test('a change for a channel that is nobody\'s is no pushed one', async () => {
  const { socket, seen } = await listening();
  socket.tell(change('Zx_left', 'insert', { id: 1 }, { type: 'alert', tx: '5' }), alert('elsewhere:1', 2, { tx: '6' }), commit('6', 'o6'));
  assert.deepEqual(seen, []);
});

test('where the inbox cannot go on, its listeners are told, and what was not committed is void', async () => {
  const { server, socket, client, seen } = await listening();
  socket.tell(alert('broadcast', 1, { tx: '5' }), alert('broadcast', 2, { tx: '9', source: 'other' }));
  socket.tell({ type: 'reset', channel: 'inbox', reason: 'slot_lost', offsets: { pg: 'p50' } });
  assert.deepEqual(seen.splice(0), [['inbox', 'slot_lost']]);
  socket.tell(commit('5', 'p51'), commit('9', 'x1', 'other'));
  assert.deepEqual(seen.splice(0), [['broadcast', 2]], 'of another source nothing was lost');
  assert.deepEqual(client.offsets, { pg: 'p50', other: 'x1' });
  socket.drop();
  const next = await server.back();
  assert.equal(new URL(next.url).searchParams.get('since'), '{"pg":"p50","other":"x1"}');
});

test('a resume of the inbox that is answered with a reset goes on from there', async () => {
  const { server, socket, seen } = await listening();
  socket.tell(alert('broadcast', 1, { tx: '5' }), commit('5', 'p5'));
  socket.drop();
  const next = await server.back();
  assert.equal(new URL(next.url).searchParams.get('since'), '{"pg":"p5"}');
  next.tell({ type: 'reset', channel: 'inbox', reason: 'window_passed', offsets: { pg: 'p90' } });
  next.tell(alert('broadcast', 2, { tx: '91' }), commit('91', 'p91'));
  assert.deepEqual(seen, [['broadcast', 1], ['inbox', 'window_passed'], ['broadcast', 2]]);
});

test('with nothing pushed yet it goes on from the welcome, so that nothing is missed', async () => {
  const fields = { sources: { live: { state: 'streaming', offset: 'l1' }, pg: { state: 'streaming', offset: 'p1' }, late: { state: 'starting', offset: null } } };
  const { server, socket } = await listening({ token: () => 'one' }, fields);
  socket.drop();
  const next = await server.back();
  assert.deepEqual(next.command('authenticate').since, { live: 'l1', pg: 'p1' });
});

test('a renewed token with other rights resets what changed, ends what is left of nothing, and leaves the rest', async () => {
  const { server, socket, client, seen } = await listening(
    { token: (why) => (why ? 'second' : 'first') }, { server_time: '2026-01-02T12:00:00Z', expires_at: '2026-01-02T12:01:00Z' });
  const desks = client.live('desks');
  socket.subscribed('C', { rows: [{ id: 1 }], offset: 'o1' });
  const secrets = client.live('secrets');
  socket.subscribed('S', { rows: [{ id: 9 }], offset: 'o1' });
  const secretsId = socket.command('subscribe').id;
  const public_ = client.live('public');
  socket.subscribed('P', { rows: [{ id: 5 }], offset: 'o1' });
  const [ofDesks, ofSecrets, ofPublic] = [record(desks), record(secrets), record(public_)];
  await server.clock.pass(50_000);
  assert.deepEqual(socket.command('authenticate'), { type: 'authenticate', token: 'second' }, 'on the same connection, from where it is');
  socket.tell({ type: 'reset', channel: 'C', reason: 'access_changed', offsets: { pg: 'o2' } });
  socket.tell({ type: 'subscribed', channel: 'C2', replaces: 'C', collection: 'desks', key: ['id'], columns: [] });
  socket.tell({ type: 'reset', channel: 'S', reason: 'access_changed', offsets: { pg: 'o2' } });
  socket.tell({ type: 'error', id: secretsId, code: 4002, name: 'unknown_collection', message: 'none', retry: false });
  socket.tell({ type: 'welcome', session: 'x', heartbeat_ms: 30_000, expires_at: null, sources: { pg: { offset: 'o2' } } });
  socket.tell({ type: 'snapshot', channel: 'C2', rows: [{ id: 2 }], more: false }, { type: 'ready', channel: 'C2', offsets: { pg: 'o3' } });
  assert.deepEqual([desks.state, desks.rows], ['ready', [{ id: 2 }]]);
  assert.deepEqual(ofDesks.names().slice(0, 2), ['state', 'reset']);
  assert.deepEqual([secrets.state, secrets.rows, secrets.error.code], ['error', [], 4002]);
  assert.ok(ofSecrets.names().includes('reset'));
  assert.deepEqual([public_.state, public_.rows, ofPublic.names()], ['ready', [{ id: 5 }], []]);
  socket.tell(
    change('C2', 'insert', { id: 3 }, { tx: '7', commit: false }), change('P', 'insert', { id: 6 }, { tx: '7', commit: false }),
    alert('role:clerk', 4, { tx: '7' }), commit('7', 'o7'));
  assert.deepEqual([desks.rows.length, public_.rows.length, seen], [2, 2, [['role:clerk', 4]]]);
  socket.drop();
  const next = await server.back();
  const asked = next.sent.filter(({ type }) => type === 'subscribe').map(({ collection, channel, since }) => [collection, channel, since]);
  assert.deepEqual(asked, [['desks', 'C2', { pg: 'o7' }], ['public', 'P', { pg: 'o7' }]]);
});

test('a collection that a reader may no longer see begins anew when it is asked for again', async () => {
  const { socket, client } = await listening();
  const desks = client.live('desks');
  socket.subscribed('C', { rows: [{ id: 1 }] });
  const { id } = socket.command('subscribe');
  socket.tell({ type: 'reset', channel: 'C', reason: 'access_changed', offsets: { pg: 'o2' } });
  socket.tell({ type: 'error', id, code: 4002, name: 'unknown_collection', message: 'none', retry: false });
  assert.equal(desks.state, 'error');
  const again = client.live('desks');
  const { since, channel } = socket.command('subscribe');
  assert.deepEqual([since, channel], [undefined, undefined]);
  socket.subscribed('D', { rows: [{ id: 2 }] });
  assert.deepEqual([again.rows, desks.rows], [[{ id: 2 }], []]);
});
