import { Client } from './client/client.js';
export { Client } from './client/client.js';
export { ChangecastError } from './client/errors.js';
export { Live } from './client/live.js';
export type Options = import('./client/client.js').Options;
export type SubscribeOptions = import('./client/client.js').SubscribeOptions;
export type Handlers = import('./client/client.js').Handlers;
export type State = import('./client/client.js').State;
export type LiveOptions = import('./client/live.js').LiveOptions;
export type LiveState = import('./client/live.js').LiveState;
export type Update = import('./client/live.js').Update;
export type View = import('./client/live.js').View;
export type Row = import('./client/rows.js').Row;
export type Change = import('./client/rows.js').Change;
export type Transaction = import('./client/rows.js').Transaction;
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
export declare function connect(options?: Options): Client;
