// One live collection over a WebSocket, by the protocol changecast.v1: subscribes with a snapshot, applies changes at
// commits only, and after a lost connection goes on from the last offset without a gap.

const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 30000;
const MISSED_HEARTBEATS = 3;
const UNSUPPORTED = 4011;
const BAD_OFFSET = 4012;

export class LiveCollection {
  /**
   * @param options.url where the WebSocket is
   * @param options.collection its name
   * @param options.readRows fetches the present rows where the server has no snapshots
   * @param options.onState called with connecting, live, reconnecting or disconnected, and why
   * @param options.onRows called with all rows, when they are whole
   * @param options.onCommit called with {tx, offset, changes}
   */
  constructor(options) {
    this.options = options;
    this.offsets = null; // by source, from the last commit, ready or heartbeat
    this.channel = null;
    this.snapshots = true;
    this.whole = false; // whether onRows was called and nothing has put it in doubt since
    this.failures = 0;
    this.clockSkewMs = 0;
  }

  connect() {
    clearTimeout(this.timer);
    this.uncommitted = [];
    this.pages = null;
    this.waiting = [];
    const socket = new WebSocket(this.options.url);
    this.socket = socket;
    socket.onmessage = (event) => socket === this.socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.closed(event.code, event.reason);
    this.expectWithin(15000);
  }

  /** Tries again now, where a reconnect is waiting for its time. */
  hurry() {
    if (!this.socket) {
      this.connect();
    }
  }

  receive(message) {
    this.expectWithin(MISSED_HEARTBEATS * (this.heartbeatMs ?? 30000));
    if (message.action) {
      if (message.channel === this.channel) {
        this.change(message);
      }
      return;
    }
    switch (message.type) {
      case 'welcome':
        this.heartbeatMs = message.heartbeat_ms;
        this.skew(message.server_time);
        this.subscribe();
        break;
      case 'subscribed':
        this.channel = message.channel;
        break;
      case 'snapshot':
        this.page(message);
        break;
      case 'ready':
        this.ready(message);
        break;
      case 'commit':
        this.commit(message);
        break;
      case 'heartbeat':
        if (this.whole) {
          Object.assign(this.offsets, message.offsets);
        }
        break;
      case 'reset':
        this.reset(message);
        break;
      case 'going_away':
        this.nextDelayMs = message.reconnect_in_ms;
        break;
      case 'error':
        this.error(message);
        break;
      default: // a later version's; none of ours
    }
  }

  subscribe() {
    const command = { type: 'subscribe', id: 'rows', collection: this.options.collection };
    if (!this.snapshots) {
      command.snapshot = false;
    }
    if (this.whole) {
      command.since = this.offsets;
      command.channel = this.channel;
    } else {
      this.pages = [];
    }
    this.socket.send(JSON.stringify(command));
  }

  page(message) {
    this.pages ??= [];
    this.pages.push(...message.rows);
  }

  // Changes may come between the pages and are not in them: they wait until the rows are complete.
  async ready(message) {
    const socket = this.socket;
    this.offsets = { ...this.offsets, ...message.offsets };
    if (this.pages) {
      const rows = this.snapshots ? this.pages : await this.options.readRows();
      if (socket !== this.socket) {
        return;
      }
      this.pages = null;
      this.options.onRows(rows);
      this.waiting.splice(0).forEach((commit) => this.options.onCommit(commit));
    }
    this.whole = true;
    this.failures = 0;
    this.options.onState('live');
  }

  change(message) {
    this.uncommitted.push(message);
    if (message.commit) {
      this.commit(message);
    }
  }

  commit({ source, offset, tx }) {
    const commit = { tx, offset, changes: this.uncommitted.splice(0) };
    if (this.whole) {
      this.offsets[source] = offset;
    }
    if (this.pages) {
      this.waiting.push(commit);
    } else if (commit.changes.length > 0) {
      this.options.onCommit(commit);
    }
  }

  reset(message) {
    this.whole = false;
    this.uncommitted = [];
    this.waiting = [];
    this.pages = [];
    this.offsets = { ...message.offsets };
    this.channel = message.channel;
    this.options.onState('reconnecting', `starting over: ${message.reason}`);
    if (!this.snapshots) {
      this.socket.close(); // nothing follows by itself: the rows are fetched with the next connection
    }
  }

  error(message) {
    const ours = message.id === 'rows';
    if (ours && message.code === UNSUPPORTED && this.snapshots) {
      this.snapshots = false;
      this.subscribe();
    } else if (ours && message.code === BAD_OFFSET && this.whole) {
      this.whole = false;
      this.subscribe();
    } else {
      this.problem = message.message;
      if (ours) {
        this.socket.close();
      }
    }
  }

  closed(code, closeReason) {
    clearTimeout(this.watchdog);
    this.socket = null;
    const reason = this.problem ?? closeReason; // an error says more than the close that follows it
    this.problem = null;
    if (code >= 4400 && code <= 4499) {
      this.options.onState('disconnected', reason || `closed with ${code}`);
      return;
    }
    const most = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.failures++);
    const delay = this.nextDelayMs ?? Math.random() * most;
    this.nextDelayMs = null;
    this.options.onState(this.offsets ? 'reconnecting' : 'connecting', reason);
    this.timer = setTimeout(() => this.connect(), delay);
  }

  // A connection can be dead without being closed: three missed heartbeats tell.
  expectWithin(ms) {
    clearTimeout(this.watchdog);
    const socket = this.socket;
    this.watchdog = setTimeout(() => {
      if (socket === this.socket) {
        socket.onclose = null;
        socket.close();
        this.closed(1006, 'the server went silent');
      }
    }, ms);
  }

  skew(serverTime) {
    const skew = Date.now() - Date.parse(serverTime);
    this.clockSkewMs = Math.abs(skew) > 1000 ? skew : 0; // on one machine the clocks are one
  }
}
