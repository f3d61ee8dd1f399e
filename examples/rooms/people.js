const UNSURE_MS = 35_000;
const HUES = [262, 152, 12, 205, 330, 100, 35, 292];

/**
 * Who is in the room: each once, with however many windows and devices. When this page was away, those whom the server
 * does not know of yet may be on their way back, as this page was: they are missed a little later.
 */
export class People {
  #list;
  #me;
  #log;
  #changed;
  /** @type {Map<string, any>} */
  #people = new Map();
  #unsure = new Map();
  #known = false;

  /**
   * @param {HTMLElement} list
   * @param {string} me
   * @param {(text: string) => void} log
   * @param {() => void} changed
   */
  constructor(list, me, log, changed) {
    this.#list = list;
    this.#me = me;
    this.#log = log;
    this.#changed = changed;
  }

  /** All who are there. */
  are(users) {
    const before = [...this.#people.keys()];
    this.#join(users ?? []);
    for (const user of before.filter((id) => !users?.some(({ user_id }) => user_id === id) && !this.#unsure.has(id))) {
      this.#unsure.set(user, setTimeout(() => this.#leave([user]), UNSURE_MS));
    }
    this.#known = true;
    this.#show();
  }

  /** What has changed since. */
  diff({ joins, leaves }) {
    this.#join(joins);
    this.#leave(leaves);
  }

  #join(users) {
    for (const user of users) {
      clearTimeout(this.#unsure.get(user.user_id));
      this.#unsure.delete(user.user_id);
      if (this.#known && !this.#people.has(user.user_id)) {
        this.#log(`${name(user)} came`);
      }
      this.#people.set(user.user_id, user);
    }
    this.#show();
  }

  #leave(users) {
    for (const id of users) {
      this.#unsure.delete(id);
      const user = this.#people.get(id);
      if (user && this.#people.delete(id)) {
        this.#log(`${name(user)} left`);
      }
    }
    this.#show();
  }

  /** Where the others are in the text. */
  cursors() {
    return [...this.#people.values()]
      .filter(({ user_id, state }) => user_id !== this.#me && state)
      .map((user) => ({ after: user.state.after, name: name(user), color: color(user.user_id) }));
  }

  #show() {
    const people = [...this.#people.values()].sort((a, b) =>
      Number(b.user_id === this.#me) - Number(a.user_id === this.#me) || name(a).localeCompare(name(b)));
    this.#list.replaceChildren(...people.map((user) => {
      const item = document.createElement('li');
      item.dataset.user = user.user_id;
      item.style.setProperty('--person', color(user.user_id));
      const picture = Object.assign(document.createElement('span'), { className: 'picture', textContent: name(user).slice(0, 1) });
      picture.ariaHidden = 'true';
      const mine = user.user_id === this.#me;
      const typing = !mine && user.state?.typing;
      const text = Object.assign(document.createElement('span'), { textContent: name(user) + (mine ? ' (you)' : '') });
      item.append(picture, text);
      if (typing) {
        item.append(Object.assign(document.createElement('em'), { textContent: 'writes…' }));
      }
      return item;
    }));
    this.#changed();
  }
}

const name = (user) => user.name ?? user.user_id;

function color(id) {
  const hash = [...id].reduce((sum, character) => Math.imul(sum ^ character.codePointAt(0), 0x01000193), 0x811c9dc5);
  return `hsl(${HUES[(hash >>> 8) % HUES.length]} 65% 40%)`;
}
