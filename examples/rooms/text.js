// A text that several people write at the same time.
//
// Each character has an id of its own and stays where it was put, deleted or not. An edit says after which character
// something is inserted, and which ones are deleted; so it means the same whatever others did meanwhile. A room gives
// everybody all edits in one order. Who applies them in that order has the same text as all others, and nobody has to
// decide who was first. An edit that is applied twice changes nothing the second time.

/**
 * @typedef {{ id: string, after: string | null, text: string, gone: [string, number, number][] }} Edit the id of the first
 *   inserted character, the next ones count on; deleted are runs of ids: who wrote them, the first number, how many
 * @typedef {{ id: string, character: string, gone: boolean }} Element
 */

const split = (id) => {
  const at = id.lastIndexOf(':');
  return [id.slice(0, at), Number(id.slice(at + 1))];
};

export class SharedText {
  /** @type {Element[]} */
  #elements = [];
  /** @type {Map<string, Element>} */
  #byId = new Map();

  /** @param {[string, string, boolean][]} [runs] as `runs` told them */
  constructor(runs = []) {
    for (const [id, text, gone] of runs) {
      this.#insert(this.#elements.length, id, text, gone);
    }
  }

  copy() {
    const copy = new SharedText();
    copy.#elements = this.#elements.map((element) => ({ ...element }));
    copy.#elements.forEach((element) => copy.#byId.set(element.id, element));
    return copy;
  }

  /** @param {Edit} edit */
  apply({ id, after, text, gone }) {
    for (const [writer, first, count] of gone) {
      for (let number = first; number < first + count; number++) {
        const element = this.#byId.get(`${writer}:${number}`);
        if (element) {
          element.gone = true;
        }
      }
    }
    if (text && !this.#byId.has(id)) {
      const before = after === null ? undefined : this.#byId.get(after);
      this.#insert(before ? this.#elements.indexOf(before) + 1 : 0, id, text, false);
    }
  }

  #insert(at, id, text, gone) {
    const [writer, first] = split(id);
    const elements = [...text].map((character, i) => ({ id: `${writer}:${first + i}`, character, gone }));
    elements.forEach((element) => this.#byId.set(element.id, element));
    this.#elements = [...this.#elements.slice(0, at), ...elements, ...this.#elements.slice(at)];
  }

  /** Whether the text is as if this had been applied. */
  has({ id, text, gone }) {
    return (
      (!text || this.#byId.has(id)) &&
      gone.every(([writer, first, count]) =>
        Array.from({ length: count }, (_, i) => this.#byId.get(`${writer}:${first + i}`)).every((element) => element?.gone),
      )
    );
  }

  /**
   * What somebody did who saw this text and then had another: one place was changed.
   *
   * @param {string} next
   * @param {number} cursor where the cursor is now; it tells which of several equal characters were typed
   * @param {string} id for the first character that is new
   * @returns {Edit | undefined}
   */
  difference(next, cursor, id) {
    const seen = this.#elements.filter(({ gone }) => !gone);
    const now = [...next];
    const limit = Math.min(seen.length, now.length);
    const behind = now.length - [...next.slice(0, cursor)].length;
    let end = 0;
    while (end < Math.min(limit, behind) && seen.at(-1 - end)?.character === now.at(-1 - end)) {
      end++;
    }
    let start = 0;
    while (start < limit - end && seen[start].character === now[start]) {
      start++;
    }
    while (end < limit - start && seen.at(-1 - end)?.character === now.at(-1 - end)) {
      end++;
    }
    const text = now.slice(start, now.length - end).join('');
    /** @type {Edit['gone']} */
    const gone = [];
    for (const element of seen.slice(start, seen.length - end)) {
      const [writer, number] = split(element.id);
      const last = gone.at(-1);
      if (last && last[0] === writer && last[1] + last[2] === number) {
        last[2]++;
      } else {
        gone.push([writer, number, 1]);
      }
    }
    return text || gone.length ? { id, after: seen[start - 1]?.id ?? null, text, gone } : undefined;
  }

  /** The character before a place in the text; null for its beginning. */
  before(place) {
    let length = 0;
    let id = null;
    for (const element of this.#elements) {
      if (!element.gone) {
        length += element.character.length;
        if (length > place) {
          break;
        }
        id = element.id;
      }
    }
    return id;
  }

  /** The place behind a character, or where it was. */
  place(id) {
    let length = 0;
    if (id !== null && this.#byId.has(id)) {
      for (const element of this.#elements) {
        length += element.gone ? 0 : element.character.length;
        if (element.id === id) {
          break;
        }
      }
    }
    return length;
  }

  toString() {
    return this.#elements.map(({ character, gone }) => (gone ? '' : character)).join('');
  }

  /** All of it, to be kept. */
  runs() {
    /** @type {[string, string, boolean][]} */
    const runs = [];
    let next = '';
    for (const { id, character, gone } of this.#elements) {
      const last = runs.at(-1);
      if (last && id === next && last[2] === gone) {
        last[1] += character;
      } else {
        runs.push([id, character, gone]);
      }
      const [writer, number] = split(id);
      next = `${writer}:${number + 1}`;
    }
    return runs;
  }
}
