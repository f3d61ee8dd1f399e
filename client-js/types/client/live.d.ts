import { ChangecastError } from './errors.js';
export type Row = import('./rows.js').Row;
export type LiveState = 'loading' | 'ready' | 'stale' | 'error' | 'closed';
export type View = {
    /**
     * sorted; another array when they change
     */
    rows: Row[];
    state: LiveState;
    error: ChangecastError | null;
};
export type LiveOptions = {
    /**
     * which; those of the key are always among them
     */
    columns?: string[];
    /**
     * columns to sort by, `-` before one turns its order around; by the key if there are none
     */
    orderBy?: string[];
    /**
     * another order
     */
    compare?: (a: Row, b: Row) => number;
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
};
export type Update = {
    added: Row[];
    changed: {
        row: Row;
        old: Row;
    }[];
    removed: Row[];
    /**
     * of the transaction; missing when these are the rows of a snapshot
     */
    source?: string;
    tx?: string | null;
    offset?: string;
};
export type LiveEvents = {
    /**
     * once for each transaction, after `added`, `changed` and `removed`
     */
    update: Update;
    added: Row[];
    changed: {
        row: Row;
        old: Row;
    }[];
    removed: Row[];
    /**
     * all rows are gone; others follow
     */
    reset: {
        reason: string;
    };
    /**
     * all is there
     */
    ready: Row[];
    state: LiveState;
    /**
     * it has ended
     */
    error: ChangecastError;
};
/**
 * @typedef {import('./rows.js').Row} Row
 *
 * @typedef {'loading' | 'ready' | 'stale' | 'error' | 'closed'} LiveState `loading`: no rows yet; `stale`: the connection
 *   is lost, the rows may be old; `error`: it has ended, see `error`
 *
 * @typedef {object} View the same object until something changes
 * @property {Row[]} rows sorted; another array when they change
 * @property {LiveState} state
 * @property {ChangecastError | null} error
 *
 * @typedef {object} LiveOptions
 * @property {string[]} [columns] which; those of the key are always among them
 * @property {string[]} [orderBy] columns to sort by, `-` before one turns its order around; by the key if there are none
 * @property {(a: Row, b: Row) => number} [compare] another order
 * @property {boolean} [conflate] only the latest state of each row while the client is behind
 * @property {{max?: number, delay_ms?: number}} [batch] gather messages
 *
 * @typedef {object} Update
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {string} [source] of the transaction; missing when these are the rows of a snapshot
 * @property {string | null} [tx]
 * @property {string} [offset]
 *
 * @typedef {object} LiveEvents
 * @property {Update} update once for each transaction, after `added`, `changed` and `removed`
 * @property {Row[]} added
 * @property {{row: Row, old: Row}[]} changed
 * @property {Row[]} removed
 * @property {{reason: string}} reset all rows are gone; others follow
 * @property {Row[]} ready all is there
 * @property {LiveState} state
 * @property {ChangecastError} error it has ended
 */
/** The rows of a collection that match a filter, kept as they are in the database, transaction by transaction. */
export declare class Live {
    #private;
    /** @type {ChangecastError | null} why it has ended */
    error: ChangecastError | null;
    /**
     * @param {LiveOptions} options
     * @param {(observer: import('./subscription.js').Observer) => () => void} subscribe
     * @param {(observer: import('./subscription.js').Observer) => any} find its subscription
     */
    constructor(options: LiveOptions, subscribe: (observer: import('./subscription.js').Observer) => () => void, find: (observer: import('./subscription.js').Observer) => any);
    /** The rows, sorted. Another array when they have changed, the same as long as they have not. */
    get rows(): import("./rows.js").Row[];
    get state(): LiveState;
    /** `rows`, `state` and `error` together. */
    get view(): View;
    /**
     * @param {unknown} key an object of the key's columns, or the value of its only one
     * @returns {Row | undefined}
     */
    get(key: unknown): Row | undefined;
    /**
     * @template {keyof LiveEvents} Name
     * @param {Name} name
     * @param {(event: LiveEvents[Name]) => void} listener
     * @returns {() => void} takes the listener away again
     */
    on<Name extends keyof LiveEvents>(name: Name, listener: (event: LiveEvents[Name]) => void): () => void;
    /** Ends the subscription, when nobody else shares it. The rows stay as they are. */
    close(): void;
}
