import { systemClock } from './clock.js';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { call, ChangecastError, fromMessage } from './errors.js';
import { Live } from './live.js';
import { Subscriptions } from './subscriptions.js';
import { Transactions } from './transactions.js';
/** @import { Handlers, LiveOptions, Observer, Options, State, SubscribeOptions, Subscribed } from './types.js' */

const HIDDEN_MS = 10_000;
const ROOM = 'room:';

/** A connection that is kept, and what is subscribed in it. Made by `connect`. */
export class Client {
  #emitter = new Emitter();
  #connection;
  #subscriptions;
  #transactions;
  #clock;
  /** @type {Map<string, {command: any, resolve: (answer: any) => void, reject: (error: Error) => void, sent: boolean, tells: boolean}>} */
  #commands = new Map();
  /**
   * @type {Map<string, {state?: any, since?: object}>} what others see of this one, undefined: nothing particular; and
   *   where a room goes on that has not caught up
   */
  #rooms = new Map();
  #watchesAll = false;
  #ids = 0;
  #open = false;
  #listensToInbox = false;
  #forgetPage = () => {};
  #over = false;
  /** @type {State | undefined} what another tab's connection is, which this one goes through */
  #relayed;
  /** @type {State} the one that listeners know */
  #told = 'connecting';

  /** @param {Options} options */
  constructor(options) {
    this.#clock = options.clock ?? systemClock;
    this.#connection = new Connection(options, {
      opened: (welcome) => this.#opened(welcome),
      message: (message) => this.#receive(message),
      lost: () => this.#lost(),
      state: (_, error) => this.#stateChanged(error),
      error: (error) => this.#emitter.emit('error', error),
      since: () => (this.#listensToInbox && this.#hasOffsets() ? this.#subscriptions.offsets : undefined),
    });
    this.#transactions = new Transactions(this.#clock, () => this.#subscriptions);
    this.#subscriptions = new Subscriptions({
      clock: this.#clock,
      send: (command) => this.#open && this.#connection.send(command),
      tick: () => this.#transactions.tick(),
      pushed: ({ changes }) => changes.forEach((change) => this.#tell(change)),
      committed: (tx, offset) => this.#transactions.committed(tx, offset),
      ready: () => this.#transactions.ready(),
    });
    this.#watchPage(options.pauseWhenHidden);
    this.#connection.start();
  }

  /** @returns {State} */
  get state() {
    const { state } = this.#connection;
    return state === 'connected' ? (this.#relayed ?? state) : state;
  }

  /** Where each source stands, for what is kept over a reload. */
  get offsets() {
    return { ...this.#subscriptions.offsets };
  }

  /**
   * Events of the connection are `state` ({state, error}), `welcome`, `error`, and `offsets` when those may have moved.
   * All else is what the server sends without being subscribed to: `notification`, `broadcast`, `data_update`,
   * `user_status`, `room_message`, `chat`, `presence_diff`, `presence`, the changes that its routes push, by their types, and
   * `reset` ({channel, reason, offsets}) when some of that was missed. Of rooms also `room_joined` when one was joined again,
   * `ready` when it has what was missed, `room_left` when the client may no longer be there.
   *
   * @param {string} name
   * @param {(event: any) => void} listener
   * @returns {() => void} takes the listener away again
   */
  on(name, listener) {
    this.#listensToInbox ||= !['state', 'welcome', 'error', 'offsets'].includes(name);
    return this.#emitter.on(name, listener);
  }

  /** Connects now, where a later try is waited for; also again after `disconnected`. */
  connect() {
    if (!this.#over) {
      this.#connection.start();
    }
  }

  /** Ends everything. */
  close() {
    this.#over = true;
    this.#forgetPage();
    this.#connection.stop();
    const closed = new ChangecastError('the client was closed', { reason: 'closed' });
    this.#rejectCommands(() => true, closed);
    this.#transactions.close(closed);
  }

  // ---- Collections

  /**
   * The rows of a collection, kept as they are in the database.
   *
   * @param {string} collection
   * @param {object} [filter]
   * @param {LiveOptions} [options]
   */
  live(collection, filter, options = {}) {
    const { columns, conflate, batch } = options;
    return new Live(
      options,
      (observer) => this.#subscriptions.add({ collection, filter, columns, conflate, batch }, observer),
      (observer) => this.#subscriptions.of(observer),
    );
  }

  /**
   * The changes of a collection, transaction by transaction.
   *
   * @param {string} collection
   * @param {SubscribeOptions} options
   * @param {Handlers} handlers
   * @returns {Subscribed}
   */
  subscribe(collection, options, handlers) {
    const { filter, columns, snapshot, conflate, batch, since, channel } = options;
    const command = { collection, filter, columns, conflate, batch, ...(snapshot !== true && { snapshot }) };
    /** @type {Observer} */
    const observer = {
      snapshot: (rows) => snapshot !== false && call(handlers.snapshot, rows),
      notify: (transaction) => call(handlers.changes, transaction.changes, transaction),
      ready: () => {
        call(handlers.ready, { channel: this.#subscriptions.of(observer)?.channel, offsets: this.offsets });
      },
      reset: (reason) => call(handlers.reset, { reason }),
      error: (error) => call(handlers.error, error),
    };
    return { close: this.#subscriptions.add(command, observer, since && { since, channel }) };
  }

  /**
   * For the hub of shared connections: like `subscribe`, told in more detail.
   *
   * @param {Observer} observer
   */
  observer(observer) {
    return {
      add: (/** @type {Record<string, any>} */ command, /** @type {any} */ started) =>
        this.#subscriptions.add(command, observer, started),
      find: () => this.#subscriptions.of(observer),
    };
  }

  /**
   * Resolves when a transaction has arrived and was told: one's own write is on the screen. It must concern what is
   * subscribed, else it never arrives.
   *
   * @param {string | number | bigint} tx what `pg_current_xact_id()` said in the transaction
   * @param {{timeout?: number}} [options] milliseconds until it rejects, 30 000
   * @returns {Promise<{offset?: string}>}
   */
  transaction(tx, options) {
    return this.#transactions.wait(String(tx), options?.timeout);
  }

  // ---- Commands

  /**
   * Sends a command of the protocol when there is a connection.
   *
   * @param {string} type
   * @param {Record<string, any>} [fields]
   * @returns {Promise<any>} the answer; rejects with a ChangecastError, also when the connection is lost before it comes
   */
  send(type, fields = {}) {
    return this.#command(type, fields, false);
  }

  /** @param {boolean} tells whether the answer is told like what comes by itself, too */
  #command(type, fields, tells) {
    if (this.#over) {
      return Promise.reject(new ChangecastError('the client was closed', { reason: 'closed' }));
    }
    const id = `c${++this.#ids}`;
    return new Promise((resolve, reject) => {
      const entry = { command: { type, id, ...fields }, resolve, reject, sent: this.#open, tells };
      this.#commands.set(id, entry);
      if (this.#open) {
        this.#connection.send(entry.command);
      }
    });
  }

  /**
   * Joins a room, and again after each reconnect until it is left; then what was missed comes first.
   *
   * @param {string} room
   * @param {{since?: object}} [options] offsets by source that were kept: what came after them comes first
   */
  joinRoom(room, { since } = {}) {
    return this.send('join_room', { room, since });
  }

  /** @param {string} room */
  leaveRoom(room) {
    this.#rooms.delete(room);
    return this.send('leave_room', { room });
  }

  /**
   * @param {string} room
   * @param {any} content
   * @param {{message_id?: string, ephemeral?: boolean}} [options] an id, so that it can be sent again and comes once;
   *   `ephemeral` for what is worth nothing afterwards
   */
  sendToRoom(room, content, options) {
    return this.send('room_message', { room, content, ...options });
  }

  /**
   * @param {string} to a user's id
   * @param {any} content
   * @param {{message_id?: string, ephemeral?: boolean}} [options] as of `sendToRoom`
   */
  chat(to, content, options) {
    return this.send('chat', { to, content, ...options });
  }

  /** @param {string} [room] without one: who is online, and `user_status` from then on */
  presence(room) {
    this.#watchesAll ||= room === undefined;
    return this.send('presence', { room });
  }

  /**
   * Says it again after each reconnect, for a room that was joined.
   *
   * @param {string} room
   * @param {any} state what others see
   */
  updatePresence(room, state) {
    const entry = this.#rooms.get(room);
    if (entry) {
      entry.state = state;
    }
    return this.send('presence_update', { room, state });
  }

  // ---- What the connection tells

  /** @param {any} welcome */
  #opened(welcome) {
    this.#open = true;
    this.#relayed = welcome.state;
    const since = this.#hasOffsets() ? this.offsets : undefined;
    for (const [source, { offset }] of Object.entries(welcome.sources ?? {})) {
      if (offset) {
        this.#subscriptions.offsets[source] = offset; // So that the inbox goes on from here before the first came.
      }
    }
    this.#subscriptions.opened();
    const again = (/** @type {string} */ type, /** @type {object} */ fields) =>
      this.#command(type, fields, type !== 'presence_update').catch((error) => this.#emitter.emit('error', error));
    for (const [room, entry] of this.#rooms) {
      entry.since ??= since; // Where one that had not caught up began, it begins again.
      again('join_room', { room, since: entry.since });
      if (entry.state !== undefined) {
        again('presence_update', { room, state: entry.state });
      }
    }
    if (this.#watchesAll) {
      again('presence', {});
    }
    for (const entry of this.#commands.values()) {
      if (!entry.sent) {
        entry.sent = true;
        this.#connection.send(entry.command);
      }
    }
    this.#emitter.emit('welcome', welcome);
  }

  #lost() {
    this.#open = false;
    this.#relayed = undefined;
    this.#subscriptions.lost();
    const lost = new ChangecastError('the connection was lost before the answer came', {
      reason: 'connection_lost',
      retry: true,
    });
    this.#rejectCommands(({ sent }) => sent, lost);
  }

  /** @param {any} message */
  #receive(message) {
    const { type, channel, room } = message;
    if ((type === 'ready' || type === 'reset') && channel?.startsWith(ROOM)) {
      const entry = this.#rooms.get(channel.slice(ROOM.length));
      if (type === 'ready') {
        this.#subscriptions.receive(message);
        delete entry?.since;
      }
      this.#tell(message);
      return;
    }
    if (type === 'room_left') {
      this.#rooms.delete(room);
    }
    if (this.#subscriptions.receive(message)) {
      if (message.commit || ['commit', 'ready', 'heartbeat'].includes(message.type)) {
        this.#emitter.emit('offsets', this.offsets);
      }
      return;
    }
    // What is published has ids too, which its publisher chose.
    const entry = message.source ? undefined : this.#commands.get(message.id);
    if (entry) {
      this.#commands.delete(message.id);
    }
    if (entry && type === 'room_joined' && !this.#rooms.has(room)) {
      this.#rooms.set(room, { since: entry.command.since });
    }
    if (message.type === 'error') {
      const error = fromMessage(message);
      if (entry) {
        entry.reject(error);
      } else {
        this.#emitter.emit('error', error);
      }
    } else if (entry) {
      entry.resolve(message);
      if (entry.tells) {
        const { id, ...answer } = message;
        this.#tell(answer);
      }
    } else if (message.type === 'shared_state') {
      this.#relayed = message.state;
      this.#stateChanged();
    } else {
      this.#tell(message);
    }
  }

  /** @param {any} message that nobody subscribed to */
  #tell(message) {
    this.#emitter.emit(message.type, message);
    this.#emitter.emit('*', message);
  }

  /** @param {ChangecastError} [error] */
  #stateChanged(error) {
    if (this.#told !== this.state || error) {
      this.#told = this.state;
      this.#emitter.emit('state', { state: this.state, error });
    }
    if (error) {
      this.#emitter.emit('error', error);
      this.#rejectCommands(() => true, error);
    }
  }

  /**
   * @param {(entry: {sent: boolean}) => boolean} which
   * @param {Error} error
   */
  #rejectCommands(which, error) {
    for (const [id, entry] of this.#commands) {
      if (which(entry)) {
        this.#commands.delete(id);
        entry.reject(error);
      }
    }
  }

  #hasOffsets() {
    return Object.keys(this.#subscriptions.offsets).length > 0;
  }

  // ---- The page

  /** @param {boolean | number | undefined} pause */
  #watchPage(pause) {
    const { document } = globalThis;
    /** @type {any} */
    let timer;
    let paused = false;
    const wake = () => this.#connection.state !== 'disconnected' && this.#connection.start();
    const visibility = () => {
      this.#clock.clearTimeout(timer);
      if (document.visibilityState !== 'hidden') {
        if (paused) {
          paused = false;
          this.connect();
        } else {
          wake();
        }
      } else if (pause) {
        const hidden = () => {
          paused = this.#connection.state !== 'disconnected';
          this.#connection.stop();
        };
        timer = this.#clock.setTimeout(hidden, pause === true ? HIDDEN_MS : pause);
      }
    };
    /** @type {[any, string, (event: any) => void][]} */
    const listening = [
      [globalThis, 'online', wake],
      [globalThis, 'pageshow', ({ persisted }) => persisted && wake()],
      [document, 'resume', wake],
      [document, 'visibilitychange', visibility],
    ];
    listening.forEach(([target, event, listener]) => target?.addEventListener?.(event, listener));
    this.#forgetPage = () => {
      this.#clock.clearTimeout(timer);
      listening.forEach(([target, event, listener]) => target?.removeEventListener?.(event, listener));
    };
  }
}
