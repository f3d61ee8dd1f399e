import { SharedText } from './text.js';

const TOGETHER = 100;
const PAUSE_MS = 500;
const SAVE_MS = 500;

/**
 * The text area, kept equal to what the room's messages make of the text, with what was typed here and is still on its
 * way. What was not answered is kept over a reload, and sent again under its id: it comes once.
 */
export class Editor {
  #page = `${Math.random().toString(36).slice(2, 10)}`;
  #typed = 0;
  #client;
  #room;
  #storage;
  #area;
  #mirror;
  #tell;
  /** What the room's messages made of it, and how many they were. */
  #text = new SharedText();
  #version = 0;
  #offset;
  /** @type {{id: string, edits: import('./text.js').Edit[], answered?: boolean}[]} what the text does not have yet */
  #pending = [];
  #shown = new SharedText();
  #sending = false;
  #drawing;
  #saving;
  #composing = false;
  #cursors = [];

  /**
   * @param {{client: any, room: string, user: string, area: HTMLTextAreaElement, mirror: HTMLElement,
   *   tell: (waiting: number, problem?: string) => void, moved: (after: string | null, typing: boolean) => void,
   *   save: (version: number, document: object) => void}} options
   */
  constructor({ client, room, user, area, mirror, tell, moved, save }) {
    this.#client = client;
    this.#room = room;
    this.#area = area;
    this.#mirror = mirror;
    this.#tell = tell;
    this.save = save;
    this.#storage = `pending ${room} ${user}`;
    this.#pending = JSON.parse(sessionStorage.getItem(this.#storage) ?? '[]');
    const cursor = (typing) => moved(this.#shown.before(area.selectionEnd), typing);
    area.addEventListener('compositionstart', () => (this.#composing = true));
    area.addEventListener('compositionend', () => {
      this.#composing = false;
      this.#input();
      this.#draw();
    });
    area.addEventListener('input', () => {
      if (!this.#composing) {
        this.#input();
        cursor(true);
      }
    });
    document.addEventListener('selectionchange', () => document.activeElement === area && cursor(false));
  }

  /** Begins with what was kept: everything up to its offset. */
  begin({ version, offset, runs }) {
    this.#text = new SharedText(runs);
    this.#version = version;
    this.#offset = offset;
    this.#settle();
    this.#draw();
  }

  get offset() {
    return this.#offset;
  }

  get version() {
    return this.#version;
  }

  /** Takes a message of the room. */
  receive({ id, content, offset }) {
    content.edits.forEach((edit) => this.#text.apply(edit));
    this.#version++;
    this.#offset = offset;
    const mine = this.#pending.some((message) => id.endsWith(`/${message.id}`));
    this.#settle();
    if (mine) {
      clearTimeout(this.#saving);
      this.#saving = setTimeout(() => this.#keep(), SAVE_MS);
    }
    this.#later();
  }

  /** After a reset: what was answered and did not come will not come any more. */
  again() {
    this.#pending.forEach((message) => {
      message.id = `${message.id}-again`;
      message.answered = false;
    });
    this.send();
  }

  /** @param {{after: string | null, name: string, color: string}[]} cursors of others */
  show(cursors) {
    this.#cursors = cursors;
    this.#drawMirror();
  }

  #keep() {
    this.save(this.#version, { version: this.#version, offset: this.#offset, runs: this.#text.runs() });
  }

  // ---- What is typed here

  #input() {
    const { value, selectionEnd } = this.#area;
    const edit = this.#shown.difference(value, selectionEnd, `${this.#page}:${this.#typed}`);
    if (edit) {
      this.#typed += [...edit.text].length;
      this.#shown.apply(edit);
      const last = this.#pending.at(-1);
      if (last && !last.sent && last.edits.length < TOGETHER) {
        last.edits.push(edit);
      } else {
        this.#pending.push({ id: `${this.#page}-${this.#typed}-${Date.now()}`, edits: [edit] });
      }
      this.#settle();
      this.#drawMirror();
      this.send();
    }
  }

  /** Sends one message after the other, each until it is answered. */
  async send() {
    if (this.#sending) {
      return;
    }
    this.#sending = true;
    for (let message; (message = this.#pending.find(({ answered }) => !answered)); ) {
      message.sent = true;
      try {
        await this.#client.sendToRoom(this.#room, { edits: message.edits }, { message_id: message.id });
        message.answered = true;
      } catch (error) {
        if (error.reason === 'closed' || (error.code >= 4400 && error.code < 4500)) {
          break;
        }
        if (!error.retry) {
          this.#pending = this.#pending.filter((each) => each !== message);
          this.#tell(this.#pending.length, error.message);
          this.#later();
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
    this.#sending = false;
    this.#settle();
  }

  #settle() {
    this.#pending = this.#pending.filter(({ edits }) => !edits.every((edit) => this.#text.has(edit)));
    sessionStorage.setItem(this.#storage, JSON.stringify(this.#pending));
    this.#tell(this.#pending.length);
  }

  // ---- What is seen

  #later() {
    this.#drawing ??= setTimeout(() => this.#draw(), 15);
  }

  #draw() {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    if (this.#composing) {
      return; // compositionend draws.
    }
    const area = this.#area;
    const next = this.#text.copy();
    this.#pending.forEach(({ edits }) => edits.forEach((edit) => next.apply(edit)));
    const text = String(next);
    if (text !== area.value) {
      const [start, end] = [area.selectionStart, area.selectionEnd].map((place) => next.place(this.#shown.before(place)));
      const direction = area.selectionDirection;
      area.value = text;
      area.setSelectionRange(start, end, direction);
    }
    this.#shown = next;
    this.#drawMirror();
  }

  /** The same text below the text area gives it its height, and shows where others are. */
  #drawMirror() {
    const text = String(this.#shown);
    /** @type {Map<number, {name: string, color: string}[]>} */
    const places = new Map();
    for (const cursor of this.#cursors) {
      const place = this.#shown.place(cursor.after);
      places.set(place, [...(places.get(place) ?? []), cursor]);
    }
    const parts = [];
    let from = 0;
    for (const [place, there] of [...places].sort(([a], [b]) => a - b)) {
      const cursor = Object.assign(document.createElement('span'), { className: 'cursor' });
      cursor.dataset.name = there.map(({ name }) => name).join(', ');
      cursor.style.setProperty('--person', there[0].color);
      parts.push(text.slice(from, place), cursor);
      from = place;
    }
    this.#mirror.replaceChildren(...parts, text.slice(from), '\n');
  }
}
