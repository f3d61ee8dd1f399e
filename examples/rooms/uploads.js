const PIECES = 40;
const SMALLEST = 16 << 10;
const SLOW_MS = 150;
const RETRY_MS = 1000;
const SILENT_MS = 20_000;
const LISTED = 5;

/** Uploads of everybody in the room, as the service tells of them. */
export class Uploads {
  #list;
  #log;
  #items = new Map();

  /** @param {HTMLElement} list @param {(text: string) => void} log */
  constructor(list, log) {
    this.#list = list;
    this.#log = log;
  }

  /** Takes a message of the service. */
  receive({ content: { upload, name, by, received, size }, timestamp }) {
    const item = this.#items.get(upload) ?? this.#add(upload, name, by);
    const percent = size ? Math.floor((100 * received) / size) : 100;
    const finished = received >= size;
    item.progress.value = percent;
    item.progress.textContent = `${percent} %`;
    item.percent.textContent = finished ? `arrived, ${bytes(size)}` : `${percent} % of ${bytes(size)}`;
    item.element.dataset.state = finished ? 'arrived' : 'running';
    clearTimeout(item.silent);
    if (finished) {
      this.#log(`${name} of ${by} has arrived`, timestamp);
    } else {
      item.silent = setTimeout(() => (item.element.dataset.state = 'silent'), SILENT_MS);
    }
  }

  #add(upload, name, by) {
    const element = document.createElement('li');
    element.dataset.upload = upload;
    element.innerHTML = '<strong></strong> <span class="fine"></span><progress max="100"></progress><span class="fine percent"></span>';
    const [title, who, progress, percent] = element.children;
    title.textContent = name;
    who.textContent = `by ${by}`;
    progress.setAttribute('aria-label', `How much of ${name} has arrived`);
    const item = { element, progress, percent, silent: undefined };
    this.#items.set(upload, item);
    this.#list.prepend(element);
    for (const [old, { element: last }] of [...this.#items].slice(0, -LISTED)) {
      last.remove();
      this.#items.delete(old);
    }
    return item;
  }
}

/**
 * Sends a file in pieces, each until it is answered.
 *
 * @param {File} file
 * @param {() => Promise<string>} token
 * @param {() => boolean} slow
 */
export async function upload(file, token, slow) {
  const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
  const piece = Math.max(SMALLEST, Math.ceil(file.size / PIECES));
  for (let from = 0; from < file.size || from === 0; from += piece) {
    const query = new URLSearchParams({ name: file.name, size: String(file.size), from: String(from) });
    for (let answered = false; !answered; ) {
      try {
        const headers = { Authorization: `Bearer ${await token()}` };
        const body = file.slice(from, from + piece);
        const response = await fetch(`/uploads/${id}?${query}`, { method: 'PUT', headers, body });
        if (response.status >= 400 && response.status < 500) {
          throw Object.assign(new Error(await response.text()), { final: true });
        }
        answered = response.ok;
      } catch (error) {
        if (error.final) {
          throw error;
        }
      }
      if (!answered) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    if (slow()) {
      await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    }
  }
}

function bytes(count) {
  const [unit, size] = count < 1000 ? ['bytes', 1] : count < 1e6 ? ['KB', 1e3] : ['MB', 1e6];
  return `${(count / size).toFixed(unit === 'MB' ? 1 : 0)} ${unit}`;
}
