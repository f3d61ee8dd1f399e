import { Client } from './client/client.js';
import { connectShared } from './client/shared.js';

export { Client } from './client/client.js';
export { ChangecastError } from './client/errors.js';
export { Live } from './client/live.js';

/**
 * @typedef {import('./client/client.js').Options} Options
 * @typedef {import('./client/client.js').SubscribeOptions} SubscribeOptions
 * @typedef {import('./client/client.js').Handlers} Handlers
 * @typedef {import('./client/client.js').State} State
 * @typedef {import('./client/live.js').LiveOptions} LiveOptions
 * @typedef {import('./client/live.js').LiveState} LiveState
 * @typedef {import('./client/live.js').Update} Update
 * @typedef {import('./client/live.js').View} View
 * @typedef {import('./client/rows.js').Row} Row
 * @typedef {import('./client/rows.js').Change} Change
 * @typedef {import('./client/rows.js').Transaction} Transaction
 */

/**
 * Connects to a Changecast server and stays connected until `close`.
 *
 * @param {Options} [options]
 * @returns {Client}
 */
export function connect(options = {}) {
  return options.shared ? connectShared(options) : new Client(options);
}
