import { addresses, withParameter } from './addresses.js';
import { backoff, systemClock } from './clock.js';
import { ChangecastError } from './errors.js';
import { openPoll } from './poll.js';
import { openSocket } from './socket.js';
/** @import { Link } from './types.js' */

const CONNECT_MS = 10_000;
const ANSWER_MS = 5000;
const MISSED_HEARTBEATS = 3;
const HEARTBEAT_MS = 30_000;
const STEADY_MS = 10_000;
const SOCKET_TRIES = 3;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Close codes after which another token may help. */
const WANTS_TOKEN = [4401, 4403, 4408];

/** Keeps one session with the server as long as it is wanted, by WebSocket where that works, else by long polling. */
export class Connection {
  #options;
  #events;
  #clock;
  #addresses;
  #WebSocket;
  #fetch;
  /** @type {Link | any} the one that is open or being opened */
  #link;
  /** @type {Link | undefined} a WebSocket being tried while polling */
  #probe;
  #state = 'disconnected';
  #welcomed = false;
  #wanted = false;
  /** Changes when whatever is under way is to be forgotten. */
  #turn = 0;
  #socketFailures = 0;
  #pollFailures = 0;
  /** How many waits there were since the last connection that lasted. */
  #waits = 0;
  #openedAt = 0;
  /** @type {string | null | undefined} the one in use */
  #token;
  /** @type {string | null | undefined} one that was asked for after a refusal and is not in use yet */
  #fresh;
  /** @type {string | undefined} what an error before the welcome said: more than the close that follows */
  #refusal;
  #heartbeatMs = HEARTBEAT_MS;
  #delay;
  #timer;
  #watchdog;
  #renewal;

  constructor(options, events) {
    this.#options = options;
    this.#events = events;
    this.#clock = options.clock ?? systemClock;
    this.#addresses = addresses(options.url, options.poll);
    this.#WebSocket = options.WebSocket ?? globalThis.WebSocket;
    this.#fetch = options.poll === false ? undefined : (options.fetch ?? globalThis.fetch?.bind(globalThis));
    if (!this.#WebSocket && !this.#fetch) {
      throw new TypeError('there is no WebSocket here: give one as the option WebSocket, such as that of the package ws');
    }
  }

  get state() {
    return this.#state;
  }

  /** Connects, now, also when a later time was chosen for it. */
  start() {
    if (this.#link) {
      this.#check();
      return;
    }
    if (!this.#wanted) {
      this.#wanted = true;
      this.#became('connecting');
    }
    this.#clock.clearTimeout(this.#timer);
    this.#attempt();
  }

  /** @param {ChangecastError} [error] why */
  stop(error) {
    if (!this.#wanted) {
      return;
    }
    this.#wanted = false;
    this.#socketFailures = this.#waits = 0;
    this.#drop();
    this.#became('disconnected', error);
  }

  /** @param {object} command only between `opened` and `lost` */
  send(command) {
    this.#link?.send(command);
  }

  // ---- One try

  /** @param {{code: number, reason: string}} [refused] why a new token is asked for */
  async #attempt(refused) {
    const turn = ++this.#turn;
    const token = this.#fresh ?? (await this.#askToken(refused));
    this.#fresh = undefined;
    if (turn !== this.#turn) {
      return;
    }
    if (this.#options.token && token === undefined) {
      this.#retry();
      return;
    }
    if (refused && (token === null || token === this.#token)) {
      this.stop(new ChangecastError(refused.reason || `closed with ${refused.code}`, { code: refused.code }));
      return;
    }
    if (token === null) {
      this.stop(new ChangecastError('the token callback gave none', { reason: 'no_token' }));
      return;
    }
    if (refused) {
      this.#fresh = token;
      this.#retry();
      return;
    }
    this.#token = token;
    const polls = this.#fetch && (!this.#WebSocket || this.#isPollsTurn());
    const link = this.#open(polls ? 'polling' : 'connected', {
      message: (message) => this.#receive(message),
      closed: (code, reason) => this.#closed(code, reason),
    });
    this.#link = link;
    this.#expect(CONNECT_MS);
  }

  /** From the third failed try of a WebSocket in a row on, each is followed by one of polling. */
  #isPollsTurn() {
    return this.#socketFailures >= SOCKET_TRIES && this.#pollFailures < this.#socketFailures - SOCKET_TRIES + 1;
  }

  /**
   * @param {object} [why]
   * @returns {Promise<string | null | undefined>} null: there is none; undefined: it could not be had, or none is used
   */
  async #askToken(why) {
    if (!this.#options.token) {
      return undefined;
    }
    try {
      return (await this.#options.token(why)) ?? null;
    } catch (cause) {
      this.#events.error(new ChangecastError(`the token callback failed: ${cause}`, { retry: true, cause }));
      return undefined;
    }
  }

  #open(kind, events) {
    const since = this.#events.since();
    const asked = since && JSON.stringify(since);
    if (kind === 'polling') {
      const url = withParameter(this.#addresses.poll, 'since', asked);
      /** @returns {Record<string, string>} */
      const headers = () => (this.#token ? { Authorization: `Bearer ${this.#token}` } : {});
      return openPoll(this.#fetch, url, headers, this.#clock, { open() {}, ...events });
    }
    // In a message, and not in the address, which proxies and servers log.
    const token = this.#options.tokenIn === 'query' ? null : this.#token;
    const url = token
      ? this.#addresses.socket
      : withParameter(withParameter(this.#addresses.socket, 'token', this.#token), 'since', asked);
    const open = () => token && link.send({ type: 'authenticate', token, since });
    const link = openSocket(this.#WebSocket, url, { open, ...events });
    return link;
  }

  // ---- What the link tells

  #receive(message) {
    this.#expect(MISSED_HEARTBEATS * this.#heartbeatMs);
    if (message.type === 'welcome') {
      this.#welcome(message);
    } else if (message.type === 'going_away') {
      this.#delay = message.reconnect_in_ms;
    } else if (this.#welcomed) {
      this.#events.message(message);
    } else if (message.type === 'error') {
      this.#refusal = message.message;
    }
  }

  #welcome(welcome) {
    this.#heartbeatMs = welcome.heartbeat_ms ?? HEARTBEAT_MS;
    this.#renewBefore(welcome);
    if (this.#welcomed) {
      return; // The answer to a renewed token.
    }
    const { state } = this.#link;
    this.#welcomed = true;
    // One that polls has to poll again when its session is lost: a WebSocket has not worked yet.
    this.#socketFailures = state === 'polling' ? SOCKET_TRIES : 0;
    this.#pollFailures = 0;
    this.#refusal = this.#delay = undefined;
    this.#openedAt = this.#clock.now();
    if (state === 'polling' && this.#WebSocket) {
      this.#probeLater(0);
    }
    this.#events.opened(welcome);
    if (this.#welcomed) {
      this.#became(state); // Unless somebody closed it when hearing of the welcome.
    }
  }

  #closed(code, reason) {
    const { state } = this.#link;
    const failed = !this.#welcomed;
    if (failed) {
      this.#socketFailures += +(state === 'connected');
      this.#pollFailures += +(state === 'polling');
    } else if (this.#clock.now() - this.#openedAt >= STEADY_MS) {
      this.#waits = 0;
    }
    const why = this.#refusal ?? reason;
    this.#refusal = undefined;
    this.#drop();
    if (code >= 4400 && code <= 4499) {
      if (this.#options.token && WANTS_TOKEN.includes(code)) {
        this.#becameAway();
        this.#attempt({ code, reason: why });
      } else {
        this.stop(new ChangecastError(why || `closed with ${code}`, { code }));
      }
      return;
    }
    // Another way is tried without a wait.
    this.#retry(failed && state === 'connected' && this.#fetch && this.#isPollsTurn() ? 0 : undefined);
  }

  /** @param {number} [wait] milliseconds, where chance is not to choose */
  #retry(wait) {
    this.#becameAway();
    const delay = this.#delay ?? wait ?? backoff(this.#clock, this.#waits++);
    this.#delay = undefined;
    this.#timer = this.#clock.setTimeout(() => this.#attempt(), delay);
  }

  /** Forgets whatever there is of links and timers. */
  #drop() {
    this.#turn++;
    for (const timer of [this.#timer, this.#watchdog, this.#renewal]) {
      this.#clock.clearTimeout(timer);
    }
    this.#probe?.close();
    this.#link?.close();
    this.#probe = this.#link = undefined;
    if (this.#welcomed) {
      this.#welcomed = false;
      this.#events.lost();
    }
  }

  // ---- Silence

  /**
   * A connection can be dead without being closed.
   *
   * @param {number} ms how long it may be silent
   * @param {boolean} [asked] whether it was asked for a sign of life
   */
  #expect(ms, asked = false) {
    this.#clock.clearTimeout(this.#watchdog);
    const due = this.#clock.now() + ms;
    this.#watchdog = this.#clock.setTimeout(() => {
      if (!asked && this.#clock.now() > due + ANSWER_MS) {
        this.#check(); // It was this side that slept: what has come meanwhile may still wait to be read.
      } else {
        this.#closed(1006, 'the server is silent');
      }
    }, ms);
  }

  /** Whether the connection still lives: asked when the network or the page comes back. */
  #check() {
    if (this.#welcomed) {
      this.send({ type: 'ping' });
      this.#expect(ANSWER_MS, true);
      if (this.#link.state === 'polling' && this.#WebSocket && !this.#probe) {
        this.#clock.clearTimeout(this.#timer);
        this.#probeLater(0); // Where the network is another one, WebSockets may work.
      }
    }
  }

  // ---- Back from polling to a WebSocket

  #probeLater(failures) {
    this.#timer = this.#clock.setTimeout(
      () => {
        const ended = (timer) => {
          this.#clock.clearTimeout(timer);
          this.#probe = undefined;
        };
        const next = () => {
          ended(timer);
          this.#probeLater(failures + 1);
        };
        const timer = this.#clock.setTimeout(() => {
          this.#probe?.close();
          next();
        }, CONNECT_MS);
        const probe = this.#open('connected', {
          message: (message) => {
            if (this.#probe !== probe) {
              this.#receive(message);
            } else if (message.type === 'welcome') {
              ended(timer);
              this.#drop();
              this.#link = probe;
              this.#receive(message);
            }
          },
          closed: (code, reason) => (this.#probe === probe ? next() : this.#closed(code, reason)),
        });
        this.#probe = probe;
      },
      backoff(this.#clock, failures),
    );
  }

  // ---- Tokens that expire

  #renewBefore({ expires_at: expires, server_time: now }) {
    this.#clock.clearTimeout(this.#renewal);
    if (expires == null || !this.#options.token) {
      return;
    }
    const left = new Date(expires).getTime() - new Date(now ?? this.#clock.now()).getTime();
    const wait = Math.max(0, left - Math.min(30_000, left / 5));
    this.#renewal = this.#clock.setTimeout(() => this.#renew(), Math.min(wait, LONGEST_TIMER_MS));
  }

  async #renew() {
    const turn = this.#turn;
    const token = await this.#askToken({ reason: 'expiring' });
    if (turn === this.#turn && token && token !== this.#token) {
      this.#token = token;
      this.send({ type: 'authenticate', token });
    }
  }

  #becameAway() {
    if (this.#state !== 'connecting') {
      this.#became('reconnecting');
    }
  }

  #became(state, error) {
    if (state !== this.#state) {
      this.#state = state;
      this.#events.state(state, error);
    }
  }
}
