/** @import { Clock } from './types.js' */
import type { Clock } from './types.js';
export declare const systemClock: {
    now: () => number;
    setTimeout: (callback: any, ms: any) => number;
    clearTimeout: (timer: any) => void;
    random: () => number;
};
/**
 * How long to wait before the next try: anything up to a bound that doubles from 1 s to 30 s, so that clients which
 * lost the same server do not come back at the same moment.
 *
 * @param {Clock} clock
 * @param {number} failures how many tries have failed in a row before this wait, from 0
 */
export declare function backoff(clock: Clock, failures: number): number;
