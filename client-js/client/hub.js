/** The time between heartbeats that tabs are told: longer than any page stays open. Locks tell who is gone. */
const NEVER_MS = 6e8;

/**
 * What the leading tab is to all tabs: a server that speaks the protocol, fed by one connection to the real one.
 */
export class Hub {
  #channel;
  #locks;
  #connect;
  /** @type {import('./client.js').Client | undefined} there as long as there are sessions */
  #client;
  #sessions = new Map();
  #over = false;

  constructor(channel, locks, connect) {
    this.#channel = channel;
    this.#locks = locks;
    this.#connect = connect;
    channel.onmessage = (/** @type {any} */ { data }) => data.to === 'hub' && this.#receive(data);
    this.#post('all', { closed: { code: 1001, reason: 'another tab leads' } });
  }

  close() {
    this.#over = true;
    this.#sessions.clear();
    this.#client?.close();
    this.#channel.close();
  }

  #receive({ tab, session, open, bye, command }) {
    if (open) {
      const client = (this.#client ??= this.#begin());
      const opened = new Session(client, (message) => this.#post(session, { message: JSON.stringify(message) }));
      this.#sessions.set(session, opened);
      opened.welcome();
      this.#locks.request(tab, () => this.#end(session)); // Granted when the tab is gone.
    } else if (bye) {
      this.#end(session);
    } else {
      this.#sessions.get(session)?.receive(JSON.parse(command ?? ''));
    }
  }

  #begin() {
    const client = this.#connect();
    const all = (message) => this.#sessions.forEach((session) => session.post(message));
    // What routes push comes here when its transaction is whole.
    client.on('*', (message) => all(message.action ? { ...message, commit: true } : message));
    // So that all stand at the same place when another has to take over.
    client.on('offsets', (offsets) => all({ type: 'heartbeat', offsets }));
    client.on('state', ({ state, error }) => {
      if (state !== 'disconnected') {
        all({ type: 'shared_state', state });
        return;
      }
      for (const session of this.#sessions.keys()) {
        this.#post(session, { closed: { code: error?.code ?? 4401, reason: error?.message } });
      }
      this.#sessions.clear();
      this.#client = undefined;
    });
    return client;
  }

  #end(session) {
    this.#sessions.get(session)?.close();
    if (this.#sessions.delete(session) && !this.#sessions.size) {
      this.#client?.close();
      this.#client = undefined;
    }
  }

  #post(to, what) {
    if (!this.#over) {
      this.#channel.postMessage({ to, ...what });
    }
  }
}

/** One tab, as a server sees a session. */
class Session {
  #client;
  /** @type {Map<string, {leave: () => void, ready: boolean}>} by channel */
  #subscriptions = new Map();
  #leaves = new Set();
  #uncommitted = false;

  constructor(client, post) {
    this.#client = client;
    this.post = post;
  }

  welcome() {
    this.post({ type: 'welcome', heartbeat_ms: NEVER_MS, expires_at: null, state: this.#client.state });
  }

  close() {
    this.#leaves.forEach((leave) => leave());
  }

  /** @param {any} command */
  receive({ type, id, ...fields }) {
    if (type === 'subscribe') {
      this.#subscribe(id, fields);
    } else if (type === 'unsubscribe') {
      this.#subscriptions.get(fields.channel)?.leave();
      this.#subscriptions.delete(fields.channel);
      this.post({ type: 'unsubscribed', id, channel: fields.channel });
    } else if (type === 'ping') {
      this.post({ type: 'pong', id });
    } else {
      this.#send(type, fields).then(
        (answer) => this.post({ ...answer, id }),
        (error) => this.#error(id, error),
      );
    }
  }

  /** What the leading tab's client has to repeat after a reconnect goes by its own methods. */
  #send(type, fields) {
    const { room, state, since } = fields;
    switch (type) {
      case 'join_room':
        return this.#client.joinRoom(room, { since });
      case 'leave_room':
        return this.#client.leaveRoom(room);
      case 'presence':
        return this.#client.presence(room);
      case 'presence_update':
        return this.#client.updatePresence(room, state);
      default:
        return this.#client.send(type, fields);
    }
  }

  #error(id, { code, reason, message, retry, context }) {
    this.post({ type: 'error', id, code, name: reason, message, retry, context });
  }

  #subscribe(id, { since, channel: before, ...command }) {
    let channel;
    const entry = { leave: () => {}, ready: false };
    /** What is told while it catches up: a tab has one place for all, so it gets that when all is there. */
    let missed = [];
    /** Says what the channel is, when it is known, and again when it became another. */
    const announce = () => {
      const found = observed.find();
      if (!found?.channel || found.channel === channel) {
        return;
      }
      const { key, columns } = found;
      const present = this.#subscriptions.get(found.channel);
      const how = channel ? { replaces: channel } : { id };
      this.post({ type: 'subscribed', ...how, channel: found.channel, key, columns });
      channel = (found.channel);
      if (present) {
        entry.leave(); // The tab gets it once.
        if (present.ready) {
          this.post({ type: 'ready', channel, offsets: this.#client.offsets });
        }
      } else {
        this.#subscriptions.set(channel, entry);
      }
    };
    const observer = {
      snapshot: (rows) => {
        announce();
        this.post({ type: 'snapshot', channel, rows, more: false });
      },
      apply: ({ changes, source, tx, offset }) => {
        announce();
        const messages = changes.map(({ row, commit, ...change }) => ({ ...change, channel }));
        if (!entry.ready) {
          missed.push(...messages, { type: 'commit', source, tx, offset });
          return;
        }
        this.#uncommitted = true;
        messages.forEach(this.post);
      },
      notify: ({ source, tx, offset }) => {
        if (this.#uncommitted) {
          this.#uncommitted = false;
          this.post({ type: 'commit', source, tx, offset });
        }
      },
      ready: () => {
        announce();
        entry.ready = true;
        missed.splice(0).forEach((message) => this.post({ ...message, ...(message.action && { channel }) }));
        const { sources = [] } = observed.find() ?? {};
        const offsets = Object.fromEntries(sources.map((source) => [source, this.#client.offsets[source]]));
        this.post({ type: 'ready', channel, offsets });
      },
      lost: () => {
        entry.ready = false;
        this.post({ type: 'shared_stale', channel });
      },
      reset: (reason) => {
        missed = [];
        this.post({ type: 'reset', channel: channel ?? before, reason });
      },
      error: (error) => this.#error(id, error),
    };
    const observed = this.#client.observer(observer);
    const end = observed.add(command, since && { since, channel: before });
    entry.leave = () => {
      this.#leaves.delete(entry.leave);
      end();
    };
    this.#leaves.add(entry.leave);
  }
}
