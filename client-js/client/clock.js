/** @import { Clock } from './types.js' */

export const systemClock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (timer) => clearTimeout(timer),
  random: () => Math.random(),
};

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * How long to wait before the next try: anything up to a bound that doubles from 1 s to 30 s, so that clients which
 * lost the same server do not come back at the same moment.
 *
 * @param {Clock} clock
 * @param {number} failures how many tries have failed in a row before this wait, from 0
 */
export function backoff(clock, failures) {
  return clock.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10));
}
