import { Live } from './live.js';
import type { Handlers, LiveOptions, Observer, Options, State, SubscribeOptions, Subscribed } from './types.js';
/** A connection that is kept, and what is subscribed in it. Made by `connect`. */
export declare class Client {
    #private;
    /** @param {Options} options */
    constructor(options: Options);
    /** @returns {State} */
    get state(): State;
    /** Where each source stands, for what is kept over a reload. */
    get offsets(): any;
    /**
     * Events of the connection are `state` ({state, error}), `welcome`, `error`, and `offsets` when those may have moved.
     * All else is what the server sends without being subscribed to: `notification`, `broadcast`, `data_update`,
     * `user_status`, `room_message`, `chat`, `presence_diff`, `presence`, the changes that its routes push, by their types, and
     * `reset` ({channel, reason, offsets}) when some of that was missed. Of rooms also `room_joined` when one was joined again,
     * `ready` when it has what was missed, `room_left` when the client may no longer be there.
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
     * @param {LiveOptions} [options]
     */
    live(collection: string, filter?: object, options?: LiveOptions): Live;
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
     * @param {Observer} observer
     */
    observer(observer: Observer): {
        add: (/** @type {Record<string, any>} */ command: Record<string, any>, /** @type {any} */ started: any) => any;
        find: () => any;
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
     * Joins a room, and again after each reconnect until it is left; then what was missed comes first.
     *
     * @param {string} room
     * @param {{since?: object}} [options] offsets by source that were kept: what came after them comes first
     */
    joinRoom(room: string, { since }?: {
        since?: object;
    }): Promise<any>;
    /** @param {string} room */
    leaveRoom(room: string): Promise<any>;
    /**
     * @param {string} room
     * @param {any} content
     * @param {{message_id?: string, ephemeral?: boolean}} [options] an id, so that it can be sent again and comes once;
     *   `ephemeral` for what is worth nothing afterwards
     */
    sendToRoom(room: string, content: any, options?: {
        message_id?: string;
        ephemeral?: boolean;
    }): Promise<any>;
    /**
     * @param {string} to a user's id
     * @param {any} content
     * @param {{message_id?: string, ephemeral?: boolean}} [options] as of `sendToRoom`
     */
    chat(to: string, content: any, options?: {
        message_id?: string;
        ephemeral?: boolean;
    }): Promise<any>;
    /** @param {string} [room] without one: who is online, and `user_status` from then on */
    presence(room?: string): Promise<any>;
    /**
     * Says it again after each reconnect, for a room that was joined.
     *
     * @param {string} room
     * @param {any} state what others see
     */
    updatePresence(room: string, state: any): Promise<any>;
}
