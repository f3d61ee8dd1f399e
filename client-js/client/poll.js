/** @import { Clock, Link, LinkEvents } from './types.js' */

const WAIT_SECONDS = 25;
const GRACE_MS = 10_000;
const ATTEMPTS = 3;

/** HTTP statuses, when it is the server that answers, and the close codes that say the same. */
const CLOSE_CODES = { 401: 4401, 403: 4403, 413: 1009, 429: 4429 };

/**
 * Long polling: one request after the other, each acknowledging the answer before it. A request that waits is given up
 * for one that brings commands; an answer lost by that is sent again. A request that fails is repeated under its number,
 * by which the server knows commands that it has already; after some failures the link is lost, and a new one resumes.
 *
 * @param {typeof globalThis.fetch} fetch
 * @param {string} url
 * @param {() => Record<string, string>} headers
 * @param {Clock} clock
 * @param {LinkEvents} events
 * @returns {Link}
 */
export function openPoll(fetch, url, headers, clock, events) {
  const commands = [];
  /** @type {object[]} of the request that is under way or to be repeated */
  let sent = [];
  let number = 0;
  let session;
  let ack;
  let waiting;
  let over = false;
  let failures = 0;

  const lost = (code, reason) => {
    if (!over) {
      over = true;
      events.closed(code, reason);
    }
  };

  const request = async () => {
    if (!sent.length) {
      sent = commands.splice(0);
      number++;
    }
    const abort = new AbortController();
    const wait = sent.length ? 0 : WAIT_SECONDS;
    waiting = wait ? abort : undefined;
    const timer = clock.setTimeout(() => abort.abort(), wait * 1000 + GRACE_MS);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers() },
        body: JSON.stringify({ session, ack, request: number, ...(sent.length && { commands: sent }), wait_s: wait }),
        signal: abort.signal,
      });
      if (!response.ok) {
        const { type, message } = await response.json().catch(() => ({}));
        const code = type === 'error' && CLOSE_CODES[response.status];
        lost(code || 1006, message ?? `HTTP status ${response.status}`);
        return;
      }
      const answer = await response.json();
      failures = 0;
      sent = [];
      if (!over) {
        receive(answer);
      }
    } catch (error) {
      if (over || (commands.length && !sent.length)) {
        return; // Given up on purpose.
      }
      if (!session || ++failures >= ATTEMPTS) {
        lost(1006, `polling failed: ${error}`);
        return;
      }
      await new Promise((resolve) => clock.setTimeout(resolve, clock.random() * 1000 * failures));
    } finally {
      clock.clearTimeout(timer);
      waiting = undefined;
    }
  };

  const receive = (answer) => {
    const repeated = ack !== undefined && answer.seq <= ack;
    const opened = !session;
    session = answer.session;
    ack = answer.seq ?? ack;
    if (opened) {
      events.open();
    }
    for (const message of (!repeated && answer.messages) || []) {
      if (over) {
        return;
      }
      events.message(message);
    }
    if (answer.close) {
      lost(answer.close.code, answer.close.reason);
    }
  };

  const run = async () => {
    while (!over) {
      await request();
    }
  };
  run();

  return {
    state: 'polling',
    send: (command) => {
      commands.push(command);
      waiting?.abort();
    },
    close: () => {
      over = true;
      waiting?.abort();
    },
  };
}
