import { ChangecastError } from './errors.js';
import { Live } from './live.js';
export type Row = import('./rows.js').Row;
export type Change = import('./rows.js').Change;
export type Transaction = import('./rows.js').Transaction;
export type State = import('./connection.js').State;
export type Options = {
    /**
     * of the server or of its WebSocket; without one, the page's own server
     */
    url?: string | URL;
    /**
     * called for each connection, before the token expires and after it was refused (then with why); none: give up
     */
    token?: (why?: {
        code?: number;
        reason: string;
    }) => string | null | undefined | Promise<string | null | undefined>;
    /**
     * how a WebSocket carries the token: as its first message, or in the address,
     * where proxies may log it
     */
    tokenIn?: 'message' | 'query';
    /**
     * a class like that of browsers, where there is none
     */
    WebSocket?: any;
    /**
     * for long polling
     */
    fetch?: typeof fetch;
    /**
     * false: never poll; text: the address, where it is not `poll` beside the WebSocket
     */
    poll?: boolean | string;
    /**
     * disconnect while the page is hidden; after 10 s, or as many milliseconds
     */
    pauseWhenHidden?: boolean | number;
    /**
     * one connection for all tabs of this origin with the same name
     */
    shared?: boolean | string;
    /**
     * for tests
     */
    clock?: import('./clock.js').Clock;
};
export type SubscribeOptions = {
    /**
     * which rows; all without one
     */
    filter?: object;
    /**
     * which columns; those of the key are always among them
     */
    columns?: string[];
    /**
     * whether to begin with the present rows; yes
     */
    snapshot?: boolean | {
        order_by?: string[];
        limit?: number;
    };
    /**
     * only the latest state of each row while the client is behind
     */
    conflate?: boolean;
    /**
     * gather messages
     */
    batch?: {
        max?: number;
        delay_ms?: number;
    };
    /**
     * offsets by source that were kept: go on there
     */
    since?: Record<string, string>;
    /**
     * with `since`: what the subscription was called
     */
    channel?: string;
};
export type Handlers = {
    /**
     * all rows of one state of the database
     */
    snapshot?: (rows: Row[]) => void;
    /**
     * those of one transaction
     */
    changes?: (changes: Change[], transaction: Transaction) => void;
    /**
     * what is committed from now
     * on will be told
     */
    ready?: (where: {
        channel: string;
        offsets: Record<string, string>;
    }) => void;
    /**
     * all that was told is void; it begins anew
     */
    reset?: (event: {
        reason: string;
    }) => void;
    /**
     * the subscription has ended
     */
    error?: (error: ChangecastError) => void;
};
export type Subscribed = {
    close: () => void;
};
/**
 * @typedef {import('./rows.js').Row} Row
 * @typedef {import('./rows.js').Change} Change
 * @typedef {import('./rows.js').Transaction} Transaction
 * @typedef {import('./connection.js').State} State
 *
 * @typedef {object} Options
 * @property {string | URL} [url] of the server or of its WebSocket; without one, the page's own server
 * @property {(why?: {code?: number, reason: string}) => string | null | undefined | Promise<string | null | undefined>} [token]
 *   called for each connection, before the token expires and after it was refused (then with why); none: give up
 * @property {'message' | 'query'} [tokenIn] how a WebSocket carries the token: as its first message, or in the address,
 *   where proxies may log it
 * @property {any} [WebSocket] a class like that of browsers, where there is none
 * @property {typeof fetch} [fetch] for long polling
 * @property {boolean | string} [poll] false: never poll; text: the address, where it is not `poll` beside the WebSocket
 * @property {boolean | number} [pauseWhenHidden] disconnect while the page is hidden; after 10 s, or as many milliseconds
 * @property {boolean | string} [shared] one connection for all tabs of this origin with the same name
 * @property {import('./clock.js').Clock} [clock] for tests
 *
 * @typedef {object} SubscribeOptions
 * @property {object} [filter] which rows; all without one
 * @property {string[]} [columns] which columns; those of the key are always among them
 * @property {boolean | {order_by?: string[], limit?: number}} [snapshot] whether to begin with the present rows; yes
 * @property {boolean} [conflate] only the latest state of each row while the client is behind
 * @property {{max?: number, delay_ms?: number}} [batch] gather messages
 * @property {Record<string, string>} [since] offsets by source that were kept: go on there
 * @property {string} [channel] with `since`: what the subscription was called
 *
 * @typedef {object} Handlers all may be left out
 * @property {(rows: Row[]) => void} [snapshot] all rows of one state of the database
 * @property {(changes: Change[], transaction: Transaction) => void} [changes] those of one transaction
 * @property {(where: {channel: string, offsets: Record<string, string>}) => void} [ready] what is committed from now
 *   on will be told
 * @property {(event: {reason: string}) => void} [reset] all that was told is void; it begins anew
 * @property {(error: ChangecastError) => void} [error] the subscription has ended
 *
 * @typedef {object} Subscribed
 * @property {() => void} close
 */
/** A connection that is kept, and what is subscribed in it. Made by `connect`. */
export declare class Client {
    #private;
    /** @param {Options} options */
    constructor(options: Options);
    /** @returns {State} */
    get state(): State;
    /** Where each source stands, for what is kept over a reload. */
    get offsets(): {
        [x: string]: string;
    };
    /**
     * Events of the connection are `state` ({state, error}), `welcome` and `error`. All else is what the server sends
     * without being subscribed to: `notification`, `broadcast`, `data_update`, `user_status`, `room_message`, `chat`,
     * `presence_diff`, and the changes that its routes push, by their types.
     *
     * @param {string} name
     * @param {(event: any) => void} listener
     * @returns {() => void} takes the listener away again
     */
    on(name: string, listener: (event: any) => void): () => void;
    /** Connects now, where a later try is waited for; also again after `disconnected`. */
    connect(): void;
    /** Ends everything. */
    close(): void;
    /**
     * The rows of a collection, kept as they are in the database.
     *
     * @param {string} collection
     * @param {object} [filter]
     * @param {import('./live.js').LiveOptions} [options]
     */
    live(collection: string, filter?: object, options?: import('./live.js').LiveOptions): Live;
    /**
     * The changes of a collection, transaction by transaction.
     *
     * @param {string} collection
     * @param {SubscribeOptions} options
     * @param {Handlers} handlers
     * @returns {Subscribed}
     */
    subscribe(collection: string, options: SubscribeOptions, handlers: Handlers): Subscribed;
    /**
     * For the hub of shared connections: like `subscribe`, told in more detail.
     *
     * @param {import('./subscription.js').Observer} observer
     */
    observer(observer: import('./subscription.js').Observer): {
        add: (/** @type {Record<string, any>} */ command: Record<string, any>, /** @type {any} */ started: any) => () => void;
        find: () => import("./subscription.js").Subscription | undefined;
    };
    /**
     * Resolves when a transaction has arrived and was told: one's own write is on the screen. It must concern what is
     * subscribed, else it never arrives.
     *
     * @param {string | number | bigint} tx what `pg_current_xact_id()` said in the transaction
     * @param {{timeout?: number}} [options] milliseconds until it rejects, 30 000
     * @returns {Promise<{offset?: string}>}
     */
    transaction(tx: string | number | bigint, options?: {
        timeout?: number;
    }): Promise<{
        offset?: string;
    }>;
    /**
     * Sends a command of the protocol when there is a connection.
     *
     * @param {string} type
     * @param {Record<string, any>} [fields]
     * @returns {Promise<any>} the answer; rejects with a ChangecastError, also when the connection is lost before it comes
     */
    send(type: string, fields?: Record<string, any>): Promise<any>;
    /**
     * Joins a room, and again after each reconnect until it is left.
     *
     * @param {string} room
     */
    joinRoom(room: string): Promise<any>;
    /** @param {string} room */
    leaveRoom(room: string): Promise<any>;
    /**
     * @param {string} room
     * @param {any} content
     */
    sendToRoom(room: string, content: any): Promise<any>;
    /**
     * @param {string} to a user's id
     * @param {any} content
     */
    chat(to: string, content: any): Promise<any>;
    /** @param {string} [room] all who may be seen, without one */
    presence(room?: string): Promise<any>;
    /**
     * @param {string} room
     * @param {any} state what others see
     */
    updatePresence(room: string, state: any): Promise<any>;
}
