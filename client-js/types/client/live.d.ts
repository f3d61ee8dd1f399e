import { ChangecastError } from './errors.js';
import type { LiveEvents, LiveOptions, LiveState, Observer, Row, View } from './types.js';
/** @import { LiveEvents, LiveOptions, LiveState, Observer, Row, Update, View } from './types.js' */
/** The rows of a collection that match a filter, kept as they are in the database, transaction by transaction. */
export declare class Live {
    #private;
    /** @type {ChangecastError | null} why it has ended */
    error: ChangecastError | null;
    /**
     * @param {LiveOptions} options
     * @param {(observer: Observer) => () => void} subscribe
     * @param {(observer: Observer) => any} find its subscription
     */
    constructor(options: LiveOptions, subscribe: (observer: Observer) => () => void, find: (observer: Observer) => any);
    /** The rows, sorted. Another array when they have changed, the same as long as they have not. */
    get rows(): Row[];
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
