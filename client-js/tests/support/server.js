import assert from 'node:assert/strict';
import { connect } from '../../index.js';
import { FakeClock, settle } from './clock.js';

/** The server's end of a WebSocket, in the hands of a test. */
class FakeSocket {
  sent = [];
  closedWith = null;

  constructor(server, url) {
    this.server = server;
    this.url = url;
    server.sockets.push(this);
  }

  // ---- what the client does

  send(text) {
    assert.equal(this.closedWith, null, 'sent on a closed socket');
    this.sent.push(JSON.parse(text));
  }

  close(code = 1005) {
    this.closedWith ??= code;
  }

  // ---- what the test does

  accept() {
    this.onopen?.({});
    return this;
  }

  welcome(fields = {}) {
    this.onopen?.({});
    this.tell({ type: 'welcome', session: 'x', user: { id: null, roles: [] }, heartbeat_ms: 30_000, expires_at: null, ...fields });
    return this;
  }

  tell(...messages) {
    messages.forEach((message) => this.onmessage?.({ data: JSON.stringify(message) }));
    return this;
  }

  drop(code = 1006, reason = '') {
    this.closedWith ??= code;
    this.onclose?.({ code, reason });
  }

  /** The last command of a type. */
  command(type) {
    const found = this.sent.findLast((command) => command.type === type);
    assert.ok(found, `no ${type} among ${JSON.stringify(this.sent)}`);
    return found;
  }

  /** Answers the last subscribe, up to ready. */
  subscribed(channel, { rows, offset = 'o1', key = ['id'], columns = [{ name: 'id', type: 'int4' }] } = {}) {
    const { id, collection } = this.command('subscribe');
    this.tell({ type: 'subscribed', id, channel, collection, key, columns });
    if (rows) {
      this.tell({ type: 'snapshot', channel, rows, more: false });
    }
    return this.tell({ type: 'ready', channel, offsets: { pg: offset } });
  }
}

export class FakeServer {
  sockets = [];
  clock = new FakeClock();

  get WebSocket() {
    const server = this;
    return class extends FakeSocket {
      constructor(url) {
        super(server, url);
      }
    };
  }

  get socket() {
    return this.sockets.at(-1);
  }

  /** A client whose first connection is being tried. */
  async client(options = {}) {
    const client = connect({ url: 'ws://server/ws', WebSocket: this.WebSocket, clock: this.clock, poll: false, ...options });
    await settle();
    return client;
  }

  /** Lets the client come back after a lost connection, and welcomes it. */
  async back() {
    const before = this.sockets.length;
    for (let waited = 0; waited < 31_000 && this.sockets.length === before; waited += 500) {
      await this.clock.pass(500);
    }
    assert.ok(this.sockets.length > before, 'the client did not come back');
    return this.socket.welcome();
  }
}

let offsets = 100;

/** A change, ended by a commit unless `commit` says otherwise. */
export function change(channel, action, row, { tx = '1', commit = true, source = 'pg', offset = `o${++offsets}`, ...more } = {}) {
  const message = { type: 'change', channel, action, collection: 'c', timestamp: 't', source, tx, offset, ...more };
  if (action !== 'truncate') {
    Object.assign(message, { key: { id: row.id }, data: row });
  }
  return commit ? { ...message, commit } : message;
}

export function commit(tx, offset = `o${++offsets}`, source = 'pg') {
  return { type: 'commit', source, tx, offset };
}

/** What happened, in order. */
export function record(live) {
  const events = [];
  for (const name of ['added', 'changed', 'removed', 'reset', 'ready', 'update', 'state', 'error']) {
    live.on(name, (event) => events.push([name, event]));
  }
  events.names = () => events.splice(0).map(([name]) => name);
  return events;
}
