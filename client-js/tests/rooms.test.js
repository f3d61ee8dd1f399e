import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeServer } from './support/server.js';

const LIVE = { sources: { live: { state: 'streaming', offset: 'l1' } } };

/** A client in a room, with everything that it is told. */
async function inRoom() {
  const server = new FakeServer();
  const client = await server.client();
  const told = [];
  client.on('*', ({ type, content, room, channel }) => told.push([type, content ?? room ?? channel]));
  client.on('room_message', () => {});
  const socket = server.socket.welcome(LIVE);
  const joined = client.joinRoom('r');
  socket.tell({ type: 'room_joined', id: socket.command('join_room').id, room: 'r', members: [], count: 1 });
  await joined;
  told.length = 0;
  return { server, client, socket, told };
}

const message = (content, offset) => ({ type: 'room_message', channel: 'room:r', room: 'r', content, id: content, source: 'live', offset });

test('a room goes on where it stopped, and until it has caught up it begins there again', async () => {
  const { server, socket, told } = await inRoom();
  socket.tell(message('a', 'l2'));
  socket.drop();
  const next = await server.back();
  assert.deepEqual(next.command('join_room').since, { live: 'l2' });
  next.tell({ type: 'room_joined', id: next.command('join_room').id, room: 'r', members: [], count: 2 });
  // A heartbeat that does not know of the room yet, and a part of what was missed.
  next.tell({ type: 'heartbeat', offsets: { live: 'l9' } });
  next.drop();
  const last = await server.back();
  assert.deepEqual(last.command('join_room').since, { live: 'l2' });
  last.tell({ type: 'room_joined', id: last.command('join_room').id, room: 'r', members: [], count: 2 }, message('b', 'l3'));
  last.tell({ type: 'ready', channel: 'room:r', offsets: { live: 'l9' } });
  last.drop();
  const end = await server.back();
  assert.deepEqual(end.command('join_room').since, { live: 'l9' });
  assert.deepEqual(told, [
    ['room_message', 'a'],
    ['room_joined', 'r'],
    ['room_joined', 'r'],
    ['room_message', 'b'],
    ['ready', 'room:r'],
  ]);
});

test('an offset that a page kept is where a room begins', async () => {
  const server = new FakeServer();
  const client = await server.client();
  const socket = server.socket.welcome(LIVE);
  const joined = client.joinRoom('r', { since: { live: 'old' } });
  const { id, since } = socket.command('join_room');
  assert.deepEqual(since, { live: 'old' });
  socket.tell({ type: 'room_joined', id, room: 'r', count: 1 }, { type: 'ready', channel: 'room:r', offsets: { live: 'l5' } });
  await joined;
  assert.deepEqual(client.offsets, { live: 'l5' });
  socket.drop();
  assert.deepEqual((await server.back()).command('join_room').since, { live: 'l5' });
});

test('what a room has lost is told, and so is that one may no longer be there', async () => {
  const { server, socket, told } = await inRoom();
  socket.tell({ type: 'reset', channel: 'room:r', reason: 'window_passed', offsets: { live: 'l7' } });
  socket.tell({ type: 'room_left', room: 'r', reason: 'access_changed' });
  assert.deepEqual(told, [['reset', 'room:r'], ['room_left', 'r']]);
  socket.drop();
  assert.ok(!(await server.back()).sent.some(({ type }) => type === 'join_room'));
});

test('what is sent may have an id or be worth nothing afterwards', async () => {
  const { client, socket } = await inRoom();
  const sent = client.sendToRoom('r', { n: 1 }, { message_id: 'm1' });
  const { id, ...command } = socket.command('room_message');
  assert.deepEqual(command, { type: 'room_message', room: 'r', content: { n: 1 }, message_id: 'm1' });
  socket.tell({ type: 'ok', id, message_id: 'client/42/m1', offset: 'l4' });
  assert.equal((await sent).message_id, 'client/42/m1');
  client.sendToRoom('r', 'typing', { ephemeral: true }).catch(() => {});
  assert.equal(socket.command('room_message').ephemeral, true);
  client.chat('7', 'hi', { message_id: 'm2' }).catch(() => {});
  assert.deepEqual([socket.command('chat').to, socket.command('chat').message_id], ['7', 'm2']);
});

test('who asked who is online is told again after a reconnect', async () => {
  const { server, client, socket, told } = await inRoom();
  client.on('presence', () => {});
  const asked = client.presence();
  socket.tell({ type: 'presence', id: socket.command('presence').id, users: [], count: 0 });
  await asked;
  socket.tell({ type: 'user_status', user_id: '7', status: 'online' });
  socket.drop();
  const next = await server.back();
  next.tell({ type: 'presence', id: next.command('presence').id, users: [{ user_id: '7' }], count: 1 });
  await null;
  assert.deepEqual(told.map(([type]) => type), ['user_status', 'presence']);
});
