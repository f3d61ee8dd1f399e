import { Client } from './client.js';
import { Hub } from './hub.js';
/** @import { SharedOptions } from './types.js' */

/**
 * One connection for all tabs with the same name. Whichever tab holds the lock leads: it has the connection, and is to
 * the others (and to itself) what the server would be, over a BroadcastChannel. When it goes, the next gets the lock,
 * and all resume with it.
 *
 * @param {SharedOptions} [options]
 * @returns {Client}
 */
export function connectShared({ name = '', locks = globalThis.navigator?.locks, ...options } = {}) {
  const BroadcastChannel = options.BroadcastChannel ?? globalThis.BroadcastChannel;
  if (!locks || !BroadcastChannel) {
    return new Client(options); // Each tab for itself.
  }
  const scope = `changecast:${name}`;
  const open = () => new BroadcastChannel(scope);
  return new SharedClient(options, scope, locks, open);
}

class SharedClient extends Client {
  #over = false;
  #release;
  #channel;

  constructor(options, scope, locks, open) {
    const { clock, pauseWhenHidden, url } = options;
    const tab = `${scope}:${Date.now().toString(36)}${Math.random().toString(36).slice(1)}`;
    const channel = open();
    let sockets = 0;
    let release = () => {};
    const closed = new Promise((resolve) => (release = () => resolve(undefined)));
    // Held as long as this tab lives: so the leader learns when it is gone.
    const alive = new Promise((resolve) => {
      locks.request(tab, () => {
        resolve(undefined);
        return closed;
      });
    });
    const WebSocket = class extends TabSocket {
      constructor() {
        super(channel, tab, `${tab}:${++sockets}`, alive);
      }
    };
    super({ clock, pauseWhenHidden, url, WebSocket, poll: false });
    this.#channel = channel;
    this.#release = release;
    locks.request(scope, async () => {
      if (!this.#over) {
        const hub = new Hub(open(), locks, () => new Client({ ...options, pauseWhenHidden: false }));
        await closed;
        hub.close();
      }
    });
  }

  close() {
    if (!this.#over) {
      this.#over = true;
      super.close();
      this.#release();
      this.#channel.close();
    }
  }
}

/** What a tab has in the place of a WebSocket. */
class TabSocket {
  /** @type {any} */
  onopen = null;
  /** @type {any} */
  onmessage = null;
  /** @type {any} */
  onclose = null;
  onerror = null;
  #channel;
  #tab;
  #session;
  #listener;
  #over = false;

  constructor(channel, tab, session, alive) {
    this.#channel = channel;
    this.#tab = tab;
    this.#session = session;
    this.#listener = ({ data: { to, message, closed } }) => {
      if (to === session && message) {
        this.onmessage?.({ data: message });
      } else if (to === session || to === 'all') {
        this.#forget();
        // A new leader is there: no need to wait.
        this.onmessage?.({ data: '{"type":"going_away","reconnect_in_ms":0}' });
        this.onclose?.(closed);
      }
    };
    channel.addEventListener('message', this.#listener);
    alive.then(() => this.#over || this.#post({ open: true }));
  }

  send(text) {
    this.#post({ command: text });
  }

  close() {
    if (!this.#over) {
      this.#forget();
      this.#post({ bye: true });
    }
  }

  #forget() {
    this.#over = true;
    this.#channel.removeEventListener('message', this.#listener);
  }

  #post(what) {
    this.#channel.postMessage({ to: 'hub', tab: this.#tab, session: this.#session, ...what });
  }
}
