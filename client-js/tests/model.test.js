import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../index.js';
import { FakeClock } from './support/clock.js';
import { ModelServer, ModelSession } from './support/model.js';
import { Random } from './support/random.js';

const ROUNDS = Number(process.env.MODEL_ROUNDS ?? 300);
const STEPS = 400;

/** WebSockets to the model: what the server tells waits until the test lets it through, or is lost with the connection. */
function network(server) {
  const sockets = new Set();
  class ModelSocket {
    constructor() {
      this.inbound = [];
      sockets.add(this);
    }

    open() {
      this.session = new ModelSession(server, (message) => this.inbound.push(JSON.stringify(message)));
      this.onopen?.({});
      this.inbound.push(JSON.stringify({ type: 'welcome', heartbeat_ms: 1e6, expires_at: null }));
    }

    send(text) {
      this.session.receive(JSON.parse(text));
    }

    close() {
      sockets.delete(this);
    }

    drop() {
      sockets.delete(this);
      this.onclose?.({ code: 1006, reason: '' });
    }

    /** Lets one message through. */
    pass() {
      const data = this.inbound.shift();
      if (data) {
        this.onmessage?.({ data });
      }
    }
  }
  return { sockets, WebSocket: ModelSocket };
}

async function run(seed) {
  const random = new Random(seed);
  const server = new ModelServer(random);
  const { sockets, WebSocket } = network(server);
  const clock = new FakeClock();
  const client = connect({ url: 'ws://model', WebSocket, clock, poll: false });
  for (let i = 0; i < 5; i++) {
    server.write();
  }
  const lives = new Map();
  const wrong = [];
  const open = (table, view) => {
    const live = client.live(table, { view });
    const mirror = new Map(live.rows.map((row) => [row.id, row]));
    const check = () => {
      // Whatever is shown is a state that the database had.
      const shown = JSON.stringify(live.rows);
      const was = server.log.some((_, i) => JSON.stringify(server.rows(table, view, i + 1)) === shown);
      if (!was && shown !== '[]') {
        wrong.push(`seed ${seed}: ${table}/${view} shows ${shown}, which never was`);
      }
    };
    live.on('update', ({ added, changed, removed }) => {
      removed.forEach(({ id }) => mirror.delete(id));
      [...added, ...changed.map(({ row }) => row)].forEach((row) => mirror.set(row.id, row));
      check();
    });
    live.on('reset', () => mirror.clear());
    lives.set(`${table}/${view}/${lives.size}`, { live, table, view, mirror });
  };
  open('desks', 'even');
  open('people', 'all');

  for (let step = 0; step < STEPS; step++) {
    const [socket] = sockets;
    const dice = random.below(100);
    if (dice < 12) {
      server.write();
    } else if (dice < 14 && lives.size < 6) {
      open(random.pick(['desks', 'people']), random.pick(['all', 'even', 'small']));
    } else if (dice < 15 && lives.size > 1) {
      const [name, { live }] = random.pick([...lives]);
      live.close();
      lives.delete(name);
    } else if (dice < 17) {
      socket?.drop();
    } else if (dice < 18 && random.chance(0.3)) {
      server.forget();
    } else if (!socket || !socket.session) {
      await clock.pass(1000);
      if (random.chance(0.8)) {
        [...sockets].find(({ session }) => !session)?.open();
      }
    } else if (dice < 60) {
      socket.session.step();
    } else {
      socket.pass();
    }
  }

  for (let i = 0; i < 20_000; i++) {
    const [socket] = sockets;
    if (!socket?.session) {
      await clock.pass(1000);
      [...sockets].find(({ session }) => !session)?.open();
    } else if (socket.session.isIdle && !socket.inbound.length && i > 100) {
      break;
    } else {
      socket.session.step();
      socket.pass();
    }
  }
  for (const { live, table, view, mirror } of lives.values()) {
    const expected = server.rows(table, view);
    const context = `seed ${seed}: ${table}/${view}`;
    assert.equal(live.state, 'ready', context);
    assert.deepEqual(live.rows, expected, context);
    assert.deepEqual([...mirror.values()].sort((a, b) => a.id - b.id), expected, `${context}, as told by its events`);
  }
  assert.deepEqual(wrong, []);
  client.close();
  return server.resets;
}

test(`${ROUNDS} random histories end with the rows of the database, and show no state that never was`, async () => {
  const first = Number(process.env.MODEL_SEED ?? 1);
  let resets = 0;
  for (let seed = first; seed < first + ROUNDS; seed++) {
    resets += await run(seed);
  }
  assert.ok(resets > 0 || ROUNDS < 100, 'some of them begin anew');
});
