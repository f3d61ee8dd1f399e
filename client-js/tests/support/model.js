const MATCHES = {
  all: () => true,
  even: (row) => row.n % 2 === 0,
  small: (row) => row.n < 5,
};

/**
 * A database and a server in one, after the protocol's rules: a log of transactions, sessions that deliver to their
 * ready channels together and let each other channel catch up by itself, in parts that may end inside a transaction.
 */
export class ModelServer {
  tables = { desks: new Map(), people: new Map() };
  log = [];
  floor = 0;
  sessions = new Set();
  resets = 0;
  #keys = 0;

  constructor(random) {
    this.random = random;
  }

  /** The rows of a view after so many transactions. */
  rows(table, view, at = this.log.length) {
    const rows = new Map();
    for (const { changes } of this.log.slice(0, at)) {
      changes.filter((change) => change.table === table).forEach(({ apply }) => apply(rows));
    }
    return [...rows.values()].filter(MATCHES[view]).sort((a, b) => a.id - b.id);
  }

  /** Commits a transaction of a few random changes. */
  write() {
    const { random } = this;
    const changes = [];
    for (let i = 1 + random.below(4); i > 0; i--) {
      const table = random.pick(Object.keys(this.tables));
      const rows = this.tables[table];
      const dice = random.below(20);
      const before = rows.size ? random.pick([...rows.values()]) : undefined;
      const next = [];
      if (dice === 0) {
        next.push({ table, action: 'truncate', apply: (all) => all.clear() });
      } else if (dice < 8 || !before) {
        const after = { id: ++this.#keys % 30, n: random.below(10), text: `text ${this.#keys}` };
        const old = rows.get(after.id);
        next.push(put(table, old, after));
      } else if (dice < 11) {
        next.push({ table, before, apply: (all) => all.delete(before.id) });
      } else if (dice < 13) {
        const after = { ...before, id: 100 * (1 + (before.id < 200)) + (++this.#keys % 30) };
        after.id += after.id === before.id ? 100 : 0;
        next.push({ table, before, apply: (all) => all.delete(before.id) }, put(table, rows.get(after.id), after));
      } else {
        next.push(put(table, before, { ...before, n: random.below(10) }));
      }
      next.forEach(({ apply }) => apply(rows));
      changes.push(...next);
    }
    this.log.push({ tx: String(this.log.length + 1), changes });
  }

  /** What was kept until now cannot be resumed any more. */
  forget() {
    this.floor = this.log.length;
  }
}

function put(table, before, after) {
  return { table, before, after, apply: (all) => all.set(after.id, after) };
}

/** One connection: everything waits in queues until `step` takes something. */
export class ModelSession {
  #server;
  #tell;
  #commands = [];
  #channels = new Map();
  /** Up to which transaction the ready channels have everything, and how much of the next was sent. */
  #at;
  #within = 0;
  #touched = false;

  constructor(server, tell) {
    this.#server = server;
    this.#tell = tell;
    this.#at = server.log.length;
  }

  receive(command) {
    this.#commands.push(command);
  }

  get isIdle() {
    const { length } = this.#server.log;
    return !this.#commands.length && this.#at === length && [...this.#channels.values()].every(({ ready }) => ready);
  }

  /** Does one thing that a server might do next. */
  step() {
    const { random } = this.#server;
    const waiting = [...this.#channels.values()].filter(({ ready }) => !ready);
    if (this.#commands.length && random.chance(0.5)) {
      this.#command(this.#commands.shift());
    } else if (waiting.length && random.chance(0.6)) {
      this.#catchUp(random.pick(waiting));
    } else if (this.#at < this.#server.log.length) {
      this.#deliver();
    } else if (random.chance(0.2) && [...this.#channels.values()].some(({ ready }) => ready)) {
      this.#tell({ type: 'heartbeat', offsets: { pg: offset(this.#at) } });
    }
  }

  #command({ type, id, collection, filter = { view: 'all' }, since, channel: before, ...rest }) {
    if (type === 'unsubscribe') {
      this.#channels.delete(before);
      this.#tell({ type: 'unsubscribed', channel: before });
      return;
    }
    const channel = `${collection}/${filter.view}`;
    const present = this.#channels.get(channel);
    this.#tell({ type: 'subscribed', id, channel, collection, key: ['id'], columns: [{ name: 'id', type: 'int4' }] });
    if (present) {
      if (present.ready) {
        this.#tell({ type: 'ready', channel, offsets: { pg: offset(this.#at) } });
      }
      return;
    }
    const entry = { channel, collection, view: filter.view, ready: false, at: 0, within: 0, pages: null, ...rest };
    this.#channels.set(channel, entry);
    const from = since && Number(since.pg.slice(1));
    if (since && from >= this.#server.floor) {
      entry.at = from;
      return;
    }
    if (since) {
      this.#server.resets++;
      this.#tell({ type: 'reset', channel, reason: 'window_passed', offsets: { pg: offset(this.#at) } });
    }
    entry.at = this.#server.log.length;
    entry.pages = this.#server.rows(collection, filter.view);
  }

  /** A page of rows, or a part of what the channel lacks; ready when it is where the others are. */
  #catchUp(entry) {
    const { random, log } = this.#server;
    if (entry.pages) {
      const rows = entry.pages.splice(0, 1 + random.below(5));
      const more = entry.pages.length > 0;
      entry.pages = more ? entry.pages : null;
      this.#tell({ type: 'snapshot', channel: entry.channel, rows, more });
      return;
    }
    if (entry.at === this.#at && !this.#within && !entry.within) {
      entry.ready = true;
      this.#tell({ type: 'ready', channel: entry.channel, offsets: { pg: offset(this.#at) } });
      return;
    }
    if (entry.at >= this.#at) {
      if (this.#at < log.length) {
        this.#deliver(); // The channel is ahead of the others.
      }
      return;
    }
    const { tx, changes } = log[entry.at];
    const end = random.chance(0.3) ? random.below(changes.length + 1) : changes.length;
    for (; entry.within < Math.max(end, entry.within); entry.within++) {
      entry.touched = this.#change(entry, changes[entry.within], tx, entry.at) || entry.touched;
    }
    if (entry.within === changes.length) {
      entry.at++;
      entry.within = 0;
      if (entry.touched) {
        this.#tell({ type: 'commit', source: 'pg', tx, offset: offset(entry.at) });
      }
      entry.touched = false;
    }
  }

  /** Some or all of the next transaction, to all ready channels. */
  #deliver() {
    const { random, log } = this.#server;
    const { tx, changes } = log[this.#at];
    const end = random.chance(0.3) ? random.below(changes.length + 1) : changes.length;
    for (; this.#within < Math.max(end, this.#within); this.#within++) {
      for (const entry of this.#channels.values()) {
        if (entry.ready) {
          this.#touched = this.#change(entry, changes[this.#within], tx, this.#at) || this.#touched;
        }
      }
    }
    if (this.#within === changes.length) {
      this.#at++;
      this.#within = 0;
      if (this.#touched) {
        this.#tell({ type: 'commit', source: 'pg', tx, offset: offset(this.#at) });
      }
      this.#touched = false;
    }
  }

  #change({ channel, collection, view }, { table, action, before, after }, tx, at) {
    if (table !== collection) {
      return false;
    }
    const tell = (what, row, more) => {
      const key = row && { key: { id: row.id } };
      this.#tell({ type: 'change', channel, action: what, collection, ...key, data: row, source: 'pg', tx, offset: offset(at + 1), ...more });
      return true;
    };
    if (action === 'truncate') {
      return tell('truncate');
    }
    const was = before && MATCHES[view](before);
    const is = after && MATCHES[view](after);
    if (is && was && before.text === after.text) {
      const { text, ...data } = after;
      return tell('update', data, { unchanged: ['text'] });
    }
    return is ? tell(was ? 'update' : 'insert', after) : was ? tell('delete', before) : false;
  }
}

function offset(at) {
  return `o${at}`;
}
