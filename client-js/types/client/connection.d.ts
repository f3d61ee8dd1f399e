import { ChangecastError } from './errors.js';
export type State = 'connecting' | 'connected' | 'reconnecting' | 'polling' | 'disconnected';
export type Events = {
    /**
     * a new session: nothing is subscribed in it
     */
    opened: (welcome: any) => void;
    /**
     * everything but the welcome of a new session
     */
    message: (message: any) => void;
    /**
     * the session is gone; what it did not commit is void
     */
    lost: () => void;
    state: (state: State, error?: ChangecastError) => void;
    /**
     * that ends nothing
     */
    error: (error: ChangecastError) => void;
    /**
     * where the inbox goes on
     */
    since: () => object | undefined;
};
/**
 * @typedef {'connecting' | 'connected' | 'reconnecting' | 'polling' | 'disconnected'} State
 *
 * @typedef {object} Events
 * @property {(welcome: any) => void} opened a new session: nothing is subscribed in it
 * @property {(message: any) => void} message everything but the welcome of a new session
 * @property {() => void} lost the session is gone; what it did not commit is void
 * @property {(state: State, error?: ChangecastError) => void} state
 * @property {(error: ChangecastError) => void} error that ends nothing
 * @property {() => object | undefined} since where the inbox goes on
 */
/** Keeps one session with the server as long as it is wanted, by WebSocket where that works, else by long polling. */
export declare class Connection {
    #private;
    /**
     * @param {import('./client.js').Options} options
     * @param {Events} events
     */
    constructor(options: import('./client.js').Options, events: Events);
    get state(): State;
    /** Connects, now, also when a later time was chosen for it. */
    start(): void;
    /** @param {ChangecastError} [error] why */
    stop(error?: ChangecastError): void;
    /** @param {object} command only between `opened` and `lost` */
    send(command: object): void;
}
