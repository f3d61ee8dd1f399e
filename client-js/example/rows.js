const SHOWN = 200;

/** Rows as a table that follows updates: what has changed is marked for a moment, what has not is not touched. */
export class Rows {
  #head;
  #body;
  /** By row: each change of a row is another object. */
  #lines = new Map();
  #columns = [];

  constructor(head, body) {
    this.#head = head;
    this.#body = body;
  }

  replace(rows) {
    this.#lines.clear();
    this.#body.replaceChildren();
    this.#setColumns(Object.keys(rows[0] ?? {}));
    rows.slice(0, SHOWN).forEach((row) => this.#add(row));
    this.#order(rows);
  }

  /**
   * @param update what a transaction did
   * @param rows all of them after it, sorted
   */
  apply({ added, changed, removed, source }, rows) {
    if (!source || !this.#columns.length) {
      this.replace(rows);
      return;
    }
    removed.forEach((row) => {
      this.#lines.get(row)?.remove();
      this.#lines.delete(row);
    });
    for (const { row, old } of changed) {
      const line = this.#lines.get(old);
      if (line) {
        this.#lines.delete(old);
        this.#lines.set(row, line);
        this.#columns.forEach((column, i) => {
          if (written(row[column]) !== written(old[column])) {
            line.cells[i].textContent = cut(written(row[column]));
            mark(line.cells[i]);
          }
        });
      }
    }
    added.forEach((row) => rows.indexOf(row) < SHOWN && mark(this.#add(row)));
    this.#order(rows);
  }

  #setColumns(columns) {
    this.#columns = columns;
    this.#head.replaceChildren(...columns.map((column) => {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.textContent = column;
      return cell;
    }));
  }

  #add(row) {
    const line = document.createElement('tr');
    this.#columns.forEach((column) => (line.insertCell().textContent = cut(written(row[column]))));
    this.#lines.set(row, line);
    return line;
  }

  /** Moves only lines that are not where they belong. */
  #order(rows) {
    let next = this.#body.firstElementChild;
    for (const row of rows.slice(0, SHOWN)) {
      const line = this.#lines.get(row) ?? this.#add(row);
      if (line === next) {
        next = next.nextElementSibling;
      } else {
        this.#body.insertBefore(line, next);
      }
    }
    for (const row of rows.slice(SHOWN)) {
      this.#lines.get(row)?.remove();
      this.#lines.delete(row);
    }
  }
}

/** A value for people. */
export function written(value) {
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function cut(text) {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function mark(element) {
  element.classList.remove('changed');
  void element.offsetWidth; // So that the animation begins anew.
  element.classList.add('changed');
}
