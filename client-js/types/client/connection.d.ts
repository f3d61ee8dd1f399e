import { ChangecastError } from './errors.js';
/** Keeps one session with the server as long as it is wanted, by WebSocket where that works, else by long polling. */
export declare class Connection {
    #private;
    constructor(options: any, events: any);
    get state(): string;
    /** Connects, now, also when a later time was chosen for it. */
    start(): void;
    /** @param {ChangecastError} [error] why */
    stop(error?: ChangecastError): void;
    /** @param {object} command only between `opened` and `lost` */
    send(command: object): void;
}
