import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { change, FakeServer } from './support/server.js';

const modules = await Promise.all([import('react'), import('react-test-renderer'), import('../react.js')]).catch(() => null);
const skip = !modules && 'needs React: npm install';

test('a component shows the rows, follows them, and shares its subscription with others', { skip }, async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const [{ createElement, StrictMode }, { act, create }, { useLive }] = modules;
  const server = new FakeServer();
  const client = await server.client();
  let renders = 0;
  const Desks = ({ floor }) => {
    const { rows, state, error } = useLive(client, 'desks', { floor }, { orderBy: ['name'] });
    renders++;
    return `${state}:${rows.map(({ name }) => name)}:${error?.code ?? ''}`;
  };
  const page = (floor) => createElement(StrictMode, null, createElement(Desks, { floor }), createElement(Desks, { floor }));
  let shown;
  await act(() => {
    shown = create(page(1));
  });
  assert.deepEqual(shown.toJSON(), ['loading::', 'loading::']);
  const socket = server.socket.welcome();
  await act(() => void socket.subscribed('C', { rows: [{ id: 1, name: 'b' }, { id: 2, name: 'a' }] }));
  assert.deepEqual(shown.toJSON(), ['ready:a,b:', 'ready:a,b:']);
  assert.equal(socket.sent.filter(({ type }) => type === 'subscribe').length, 1);

  renders = 0;
  await act(() => void socket.tell({ type: 'heartbeat', offsets: { pg: 'o7' } }));
  assert.equal(renders, 0, 'what changes nothing renders nothing');
  await act(() => void socket.tell(change('C', 'update', { id: 2, name: 'c' })));
  assert.deepEqual(shown.toJSON(), ['ready:b,c:', 'ready:b,c:']);

  await act(() => shown.update(page(2)));
  assert.deepEqual(socket.command('unsubscribe'), { type: 'unsubscribe', channel: 'C' });
  assert.deepEqual(socket.command('subscribe').filter, { floor: 2 });
  const { id } = socket.command('subscribe');
  await act(() => void socket.tell({ type: 'error', id, code: 4002, name: 'unknown_collection', message: 'no', retry: false }));
  assert.deepEqual(shown.toJSON(), ['error::4002', 'error::4002']);

  await act(() => shown.update(page(3)));
  await act(() => void socket.subscribed('D', { rows: [] }));
  await act(() => void socket.drop());
  assert.deepEqual(shown.toJSON(), ['stale::', 'stale::']);
  await act(() => shown.unmount());
  client.close();
});

test('without a client there are no rows yet', { skip }, async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const [{ createElement }, { act, create }, { useLive }] = modules;
  const Desks = () => JSON.stringify(useLive(null, 'desks'));
  let shown;
  await act(() => {
    shown = create(createElement(Desks));
  });
  assert.deepEqual(JSON.parse(shown.toJSON()), { rows: [], state: 'loading', error: null });
});

test('the example of the README shows what it says', { skip }, async () => {
  globalThis.IS_REACT_ACT_ENVIRONMENT = true;
  const [{ createElement }, { act, create }] = modules;
  const { transform } = await import('esbuild');
  const [, example] = readFileSync(new URL('../README.md', import.meta.url), 'utf8').match(/## React\n\n```jsx\n(.*?)```/s);
  const { code } = await transform(`${example}\nexport { client, Desks };`, { loader: 'jsx', jsx: 'automatic' });
  const server = new FakeServer();
  const present = Object.getOwnPropertyDescriptors(globalThis);
  const file = new URL('readme-example.tmp.js', import.meta.url);
  writeFileSync(file, code);
  Object.assign(globalThis, { WebSocket: server.WebSocket, location: new URL('http://server/page') });
  try {
    const { client, Desks } = await import(file.href);
    await new Promise(setImmediate);
    let shown;
    await act(() => {
      shown = create(createElement(Desks, { floor: 1 }));
    });
    const socket = server.socket.welcome();
    assert.equal(socket.url, 'ws://server/ws');
    await act(() => void socket.subscribed('C', { rows: [{ id: 7, name: '1-07', status: 'occupied' }] }));
    assert.deepEqual(shown.toJSON(), {
      type: 'ul', props: { className: 'ready' },
      children: [{ type: 'li', props: {}, children: ['1-07', ': ', 'occupied'] }],
    });
    await act(() => shown.unmount());
    client.close();
  } finally {
    rmSync(file);
    for (const name of ['WebSocket', 'location']) {
      delete globalThis[name];
      if (present[name]) {
        Object.defineProperty(globalThis, name, present[name]);
      }
    }
  }
});
