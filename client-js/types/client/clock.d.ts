/**
 * Time and chance, so that tests can do without both.
 *
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(callback: (value?: any) => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random from 0 to 1
 */
export type Clock = {
    /**
     * milliseconds
     */
    now: () => number;
    setTimeout: (callback: (value?: any) => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
    /**
     * from 0 to 1
     */
    random: () => number;
};
/** @type {Clock} */
export declare const systemClock: Clock;
/**
 * How long to wait before the next try: anything up to a bound that doubles from 1 s to 30 s, so that clients which
 * lost the same server do not come back at the same moment.
 *
 * @param {Clock} clock
 * @param {number} failures how many tries have failed in a row before this wait, from 0
 */
export declare function backoff(clock: Clock, failures: number): number;
