/** What the server refused, or what became of a promise that the connection could not keep. */
export declare class ChangecastError extends Error {
    code: number | undefined;
    reason: string | undefined;
    retry: boolean;
    context: string | undefined;
    /**
     * @param {string} message for a person
     * @param {object} [details]
     * @param {number} [details.code] the protocol's number (4000 to 5000), the close code (4400 to 4499), or none
     * @param {string} [details.reason] the protocol's name of the error, such as `bad_filter`; the client's own are
     *   `connection_lost`, `closed`, `timeout`, `no_token` and `no_key`
     * @param {boolean} [details.retry] whether the same may succeed later, unchanged
     * @param {string} [details.context] the command that failed
     * @param {unknown} [details.cause]
     */
    constructor(message: string, { code, reason, retry, context, cause }?: {
        code?: number;
        reason?: string;
        retry?: boolean;
        context?: string;
        cause?: unknown;
    });
}
/** @param {any} message of type `error` */
export declare function fromMessage(message: any): ChangecastError;
/**
 * Runs a listener. What it throws is its own affair: it is reported as uncaught, and the client goes on.
 *
 * @param {Function | undefined | null} listener
 * @param {any[]} values
 */
export declare function call(listener: Function | undefined | null, ...values: any[]): void;
