import { backoff } from './clock.js';
import { fromMessage } from './errors.js';
import { Subscription } from './subscription.js';
/** @import { Observer, Transaction } from './types.js' */

const BAD_OFFSET = 4012;
const INBOX = /^(broadcast$|user:|role:|room:)/;

/** All subscriptions of a client, over all its sessions: where each stands, and what a commit mark ends. */
export class Subscriptions {
  /** By source: everything for the ready subscriptions up to there has come. */
  offsets = {};
  #all = new Set();
  #byChannel = new Map();
  /** @type {Map<string, Subscription>} those sent in this session */
  #byId = new Map();
  #inbox = inbox();
  #open = false;
  #ids = 0;
  #port;

  constructor(port) {
    this.#port = port;
  }

  [Symbol.iterator]() {
    return this.#all.values();
  }

  /**
   * @param {Record<string, any>} command
   * @param {Observer} observer
   * @param {Subscription['started']} [started]
   * @returns {() => void} ends it
   */
  add(command, observer, started) {
    const text = JSON.stringify(command);
    // Also one that was left before the server answered: it has not been unsubscribed yet.
    const same = [...this.#all, ...this.#byId.values()].find((other) => JSON.stringify(other.command) === text);
    if (same && (started ? same.isAt(started.since, this.offsets) : same.hasRows || !same.wantsRows)) {
      this.#all.add(same);
      same.attach(observer, !started);
    } else {
      const subscription = new Subscription(command);
      subscription.started = started;
      subscription.observers.add(observer);
      this.#all.add(subscription);
      if (this.#open) {
        this.#send(subscription);
      }
    }
    return () => this.#detach(observer);
  }

  #detach(observer) {
    for (const subscription of this.#all) {
      if (subscription.detach(observer) && !subscription.observers.size) {
        this.#remove(subscription);
      }
    }
  }

  #remove(subscription) {
    this.#all.delete(subscription);
    this.#port.clock.clearTimeout(subscription.timer);
    const { channel } = subscription;
    if (channel !== undefined && this.#byChannel.get(channel) === subscription) {
      this.#byChannel.delete(channel);
      this.#byId.delete(subscription.id ?? '');
      this.#port.send({ type: 'unsubscribe', channel });
    }
    // One that was not answered yet stays in #byId, and is unsubscribed when the answer names its channel.
  }

  of(observer) {
    return [...this.#all].find(({ observers }) => observers.has(observer));
  }

  // ---- Sessions

  opened() {
    this.#open = true;
    this.#all.forEach((subscription) => this.#send(subscription));
  }

  lost() {
    this.#open = false;
    this.#byChannel.clear();
    this.#byId.clear();
    this.#inbox = inbox();
    for (const subscription of this.#all) {
      this.#port.clock.clearTimeout(subscription.timer);
      subscription.lost(this.offsets);
    }
  }

  #send(subscription) {
    this.#byId.delete(subscription.id ?? '');
    subscription.id = `s${++this.#ids}`;
    subscription.sentAt = this.#port.tick();
    this.#byId.set(subscription.id, subscription);
    this.#port.send({ type: 'subscribe', id: subscription.id, ...subscription.command, ...subscription.started });
  }

  // ---- Messages

  /**
   * @param {any} message
   * @returns {boolean} whether it was one of theirs
   */
  receive(message) {
    const { type, channel } = message;
    if (message.action) {
      this.#change(message);
      return true;
    }
    const subscription = this.#byChannel.get(channel);
    switch (type) {
      case 'subscribed':
        this.#subscribed(message);
        return true;
      case 'snapshot':
        subscription?.page(message.rows);
        return true;
      case 'ready':
        Object.assign(this.offsets, message.offsets);
        if (subscription && !subscription.ready) {
          this.#ready(subscription, Object.keys(message.offsets));
        } else if (subscription?.stale) {
          subscription.stale = false;
          subscription.observers.forEach((observer) => observer.ready?.());
        }
        return true;
      case 'commit':
        this.#commit(message);
        return true;
      case 'heartbeat':
        Object.assign(this.offsets, message.offsets);
        return true;
      case 'reset':
        if (channel === 'inbox') {
          // Some of it was missed: that is for whoever listens. It goes on from there.
          this.#inbox.drop(message.offsets);
          Object.assign(this.offsets, message.offsets);
          return false;
        }
        (this.#resumed(channel) ?? subscription)?.reset(message.reason);
        return true;
      case 'shared_stale':
        if (subscription) {
          subscription.stale = true;
          subscription.observers.forEach((observer) => observer.lost?.());
        }
        return true;
      case 'unsubscribed':
        if (subscription) {
          this.#again(subscription, 'resubscribed'); // It had got into a channel that was being left.
        }
        return true;
      case 'error':
        return this.#error(message);
      default:
        // What is published is whole by itself.
        if (message.source && message.offset) {
          this.offsets[message.source] = message.offset;
        }
        return false;
    }
  }

  #subscribed(message) {
    const { id, channel, replaces } = message;
    const subscription = id === undefined ? this.#byChannel.get(replaces) : this.#byId.get(id);
    if (!subscription || (id !== undefined && subscription.id !== id)) {
      return;
    }
    const other = this.#byChannel.get(channel);
    if (!this.#all.has(subscription)) {
      this.#byId.delete(id);
      if (!other) {
        this.#port.send({ type: 'unsubscribe', channel });
      }
      return;
    }
    if (other && other !== subscription) {
      this.#join(subscription, other);
      return;
    }
    if (this.#byChannel.get(subscription.channel ?? '') === subscription) {
      this.#byChannel.delete((subscription.channel));
    }
    this.#byChannel.set(channel, subscription);
    subscription.subscribed(message);
  }

  /**
   * Two subscriptions turned out to see the same: the server sends it once.
   *
   * @param {Subscription} late
   * @param {Subscription} other
   */
  #join(late, other) {
    this.#all.delete(late);
    if (late.started) {
      late.reset('resubscribed');
    }
    const anew = late.wantsRows && !other.hasRows;
    if (anew) {
      other.command = late.command;
      other.key = null;
      this.#port.send({ type: 'unsubscribe', channel: other.channel });
      this.#again(other, 'resubscribed');
    }
    late.observers.forEach((observer) => other.attach(observer, late.wantsRows));
  }

  #again(subscription, reason) {
    this.#byChannel.delete(subscription.channel ?? '');
    subscription.reset(reason);
    this.#send(subscription);
  }

  #resumed(channel) {
    return [...this.#all].find(({ started, id }) => started?.channel === channel && this.#byId.has(id ?? ''));
  }

  #change(change) {
    const subscription = this.#byChannel.get(change.channel) ?? (INBOX.test(change.channel) ? this.#inbox : undefined);
    subscription?.change(change);
    if (change.commit) {
      this.#commit(change);
    }
  }

  #commit({ source, tx, offset }) {
    const told = [];
    for (const subscription of [...this.#all, this.#inbox]) {
      const transactions = subscription.commit(source, tx, offset);
      if (subscription.ready) {
        transactions.forEach((transaction) => told.push([subscription, transaction]));
      } else {
        transactions.forEach((transaction) => this.#tell([[subscription, transaction]]));
      }
    }
    // A mark that ends nothing of the ready ones belongs to one that catches up, further back, or has been left.
    if (told.length) {
      this.offsets[source] = offset;
    }
    this.#tell(told);
  }

  /** @param {[Subscription, Transaction][]} told of one transaction: everybody has it before anybody is told */
  #tell(told) {
    const differences = told.map(([subscription, transaction]) => {
      const difference = subscription.rows?.apply(transaction.changes);
      subscription.observers.forEach((observer) => observer.apply?.(transaction, difference));
      return difference;
    });
    told.forEach(([subscription, transaction], i) => {
      if (subscription === this.#inbox) {
        this.#port.pushed(transaction);
      }
      [...subscription.observers].forEach((observer) => observer.notify?.(transaction, differences[i]));
    });
    for (const [, { changes, tx, offset }] of told) {
      new Set([tx, ...changes.map((change) => change.tx)]).forEach((each) => this.#port.committed(each, offset));
    }
  }

  #ready(subscription, sources) {
    const held = subscription.becomeReady(sources);
    held.forEach((transaction) => this.#tell([[subscription, transaction]]));
    [...subscription.observers].forEach((observer) => observer.ready?.());
    this.#port.ready();
  }

  #error(message) {
    const subscription = this.#byId.get(message.id);
    if (!subscription) {
      return false;
    }
    if (subscription.id !== message.id || !this.#all.has(subscription)) {
      return true;
    }
    this.#byChannel.delete(subscription.channel ?? '');
    this.#byId.delete(message.id);
    if (message.code === BAD_OFFSET && subscription.started) {
      this.#again(subscription, 'bad_offset');
    } else if (message.retry) {
      subscription.lost(this.offsets);
      const { clock } = this.#port;
      subscription.timer = clock.setTimeout(() => this.#send(subscription), backoff(clock, subscription.failures++));
    } else {
      this.#all.delete(subscription);
      const error = fromMessage(message);
      [...subscription.observers].forEach((observer) => observer.error?.(error));
    }
    return true;
  }
}

/** Changes that routes push, of which nobody subscribed to any. */
function inbox() {
  const inbox = new Subscription({ snapshot: false });
  inbox.ready = true;
  return inbox;
}
