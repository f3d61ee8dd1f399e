/** What the server refused, or what became of a promise that the connection could not keep. */
export class ChangecastError extends Error {
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
  constructor(message, { code, reason, retry = false, context, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ChangecastError';
    this.code = code;
    this.reason = reason;
    this.retry = retry;
    this.context = context;
  }
}

/** @param {any} message of type `error` */
export function fromMessage(message) {
  const { code, name, retry, context } = message;
  return new ChangecastError(message.message ?? name, { code, reason: name, retry, context });
}

/**
 * Runs a listener. What it throws is its own affair: it is reported as uncaught, and the client goes on.
 *
 * @param {Function | undefined | null} listener
 * @param {any[]} values
 */
export function call(listener, ...values) {
  try {
    listener?.(...values);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
