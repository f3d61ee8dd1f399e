import { Strip } from './strip.js';

const SHOWN = 7;
const SLACK = 3;

/** One database: how it is, what came of it lately, and the buttons that make it fail. */
export class Card {
  #root;
  #strip;
  #definition;
  #act;
  #rows = [];
  #seen = new Map();
  #written = 0;
  #last = 0;
  #live = false;

  /**
   * @param {{name: string, title: string, kind: string, columns: [string, (row: any) => string, string?][], id: string}} definition
   * @param {(name: string, action: string) => Promise<void>} act
   */
  constructor(definition, act) {
    this.#definition = definition;
    this.#act = act;
    this.#root = /** @type {HTMLTemplateElement} */ (document.getElementById('card')).content.cloneNode(true).firstElementChild;
    this.#root.dataset.name = definition.name;
    this.#find('h2').textContent = definition.title;
    this.#find('.kind').textContent = definition.kind;
    this.#find('thead tr').append(...definition.columns.map(([title]) => element('th', title)));
    this.#strip = new Strip(this.#find('.strip'));
    this.#find('.power').addEventListener('click', ({ currentTarget }) => this.#press(currentTarget));
    this.#find('.network').addEventListener('click', ({ currentTarget }) => this.#press(currentTarget));
    this.show([], 0, 0);
  }

  get root() {
    return this.#root;
  }

  get name() {
    return this.#definition.name;
  }

  #find(selector) {
    return this.#root.querySelector(selector);
  }

  async #press(button) {
    button.disabled = true;
    try {
      await this.#act(this.name, button.dataset.action);
    } finally {
      button.disabled = false;
    }
  }

  /**
   * What there is now.
   *
   * @param {any[]} rows the newest first
   * @param {number} changes how many have just come
   * @param {number} last the number of the last one
   */
  show(rows, changes, last) {
    this.#last = Math.max(this.#last, last);
    if (changes > 0) {
      this.#strip.add(changes);
    }
    this.#rows = rows.slice(0, SHOWN);
    const { columns, id } = this.#definition;
    const body = this.#find('tbody');
    body.replaceChildren(
      ...this.#rows.map((row) => {
        const line = document.createElement('tr');
        line.append(...columns.map(([title, text, kind]) => {
          const cell = element('td', '');
          cell.append(kind ? chip(text(row)) : text(row));
          cell.dataset.column = title;
          return cell;
        }));
        line.dataset.id = row[id];
        line.dataset.n = row.n;
        // Only what is another than before lights up, and nothing of what was there when the page came.
        if (changes > 0 && this.#seen.get(row[id]) !== row.n) {
          line.className = 'fresh';
        }
        return line;
      }),
      ...Array.from({ length: SHOWN - this.#rows.length }, () => {
        const line = document.createElement('tr');
        line.className = 'empty';
        line.append(...columns.map(() => element('td', '\u00a0')));
        return line;
      }),
    );
    this.#seen = new Map(this.#rows.map((row) => [row[id], row.n]));
    this.#count();
  }

  /**
   * How the database is, as the application says, and its source, as the server says.
   *
   * @param {{running: boolean, cut: boolean, written: number, missing: string | null}} database
   * @param {{state: string, ready: boolean, reason?: string} | undefined} source
   */
  state(database, source) {
    this.#strip.tick();
    const state = database.missing ? 'unavailable' : !source ? 'unknown' : this.#stateOf(source);
    this.#live = state === 'streaming';
    this.#root.dataset.state = state;
    const pill = this.#find('.pill');
    pill.dataset.state = state;
    pill.textContent = state;
    const reason = this.#find('.reason');
    const text = database.missing ?? (this.#live ? '' : source ? source.reason : 'The server does not answer.') ?? '';
    if (reason.textContent !== text) {
      reason.textContent = text;
    }
    this.#written = database.written;
    this.#count();
    this.#button('.power', database.running ? 'stop' : 'start', database.running ? 'Stop database' : 'Start again', database);
    this.#button('.network', database.cut ? 'mend' : 'cut', database.cut ? 'Mend network' : 'Cut network', database);
  }

  #stateOf({ state, ready }) {
    return state === 'streaming' && !ready ? 'silent' : state;
  }

  #button(selector, action, text, { missing }) {
    const button = this.#find(selector);
    button.dataset.action = action;
    button.textContent = text;
    button.hidden = Boolean(missing);
    button.classList.toggle('primary', action === 'start' || action === 'mend');
  }

  #count() {
    const number = (value) => value.toLocaleString('en');
    const behind = Math.max(0, this.#written - this.#last);
    this.#find('.arrived').textContent = `${number(this.#written)} written`;
    const text = this.#find('.behind');
    // What has been written since the application was asked, or is on its way, is not behind.
    const isBehind = behind > SLACK || (behind > 0 && !this.#live);
    text.textContent = isBehind ? `${number(behind)} not here yet` : this.#written > 0 ? 'all here' : '';
    text.dataset.behind = String(isBehind);
  }
}

function element(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

function chip(text) {
  const made = element('span', text);
  made.className = 'chip';
  made.dataset.value = text;
  return made;
}
