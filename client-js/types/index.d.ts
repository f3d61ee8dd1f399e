import { Client } from './client/client.js';
export { Client } from './client/client.js';
export { ChangecastError } from './client/errors.js';
export { Live } from './client/live.js';
export { connectShared } from './client/shared.js';
export type Options = import('./client/types.js').Options;
export type SharedOptions = import('./client/types.js').SharedOptions;
export type SubscribeOptions = import('./client/types.js').SubscribeOptions;
export type Handlers = import('./client/types.js').Handlers;
export type State = import('./client/types.js').State;
export type LiveOptions = import('./client/types.js').LiveOptions;
export type LiveState = import('./client/types.js').LiveState;
export type Update = import('./client/types.js').Update;
export type View = import('./client/types.js').View;
export type Row = import('./client/types.js').Row;
export type Change = import('./client/types.js').Change;
export type Transaction = import('./client/types.js').Transaction;
/**
 * @typedef {import('./client/types.js').Options} Options
 * @typedef {import('./client/types.js').SharedOptions} SharedOptions
 * @typedef {import('./client/types.js').SubscribeOptions} SubscribeOptions
 * @typedef {import('./client/types.js').Handlers} Handlers
 * @typedef {import('./client/types.js').State} State
 * @typedef {import('./client/types.js').LiveOptions} LiveOptions
 * @typedef {import('./client/types.js').LiveState} LiveState
 * @typedef {import('./client/types.js').Update} Update
 * @typedef {import('./client/types.js').View} View
 * @typedef {import('./client/types.js').Row} Row
 * @typedef {import('./client/types.js').Change} Change
 * @typedef {import('./client/types.js').Transaction} Transaction
 */
/**
 * Connects to a Changecast server and stays connected until `close`.
 *
 * @param {Options} [options]
 * @returns {Client}
 */
export declare function connect(options?: Options): Client;
// Made from the sources 91637af09c1811b3.
