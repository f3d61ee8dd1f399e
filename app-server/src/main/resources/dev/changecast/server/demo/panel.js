// The form for one workstation. It changes the database, never the page: the page changes when the change comes back.

import { STATUSES } from './plan.js';

export class Panel {
  constructor(document) {
    const byId = (id) => document.getElementById(id);
    this.dialog = byId('panel');
    this.form = byId('form');
    this.title = byId('panel-title');
    this.place = byId('panel-place');
    this.choices = byId('choices');
    this.employee = byId('employee');
    this.notes = byId('notes');
    this.people = byId('people');
    this.equipment = byId('equipment');
    this.outcome = byId('outcome');
    this.save = byId('save');
    this.choices.append(...STATUSES.map((status) => choice(document, status)));
    byId('close').addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
    this.choices.addEventListener('change', () => this.adapt());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  open(row, people) {
    this.row = row;
    this.awaited = null;
    this.people.replaceChildren(...people.map((name) => new Option(name)));
    this.notes.value = row.notes ?? '';
    this.employee.value = row.employee ?? '';
    this.form.elements.status.value = row.status;
    this.describe(row);
    this.tell('', '');
    this.adapt();
    if (!this.dialog.open) {
      this.dialog.showModal();
    }
  }

  /** The row changed: the head shows it; what a person is typing stays. */
  changed(row) {
    if (this.dialog.open && this.row.id === row.id) {
      this.row = row;
      this.describe(row);
    }
  }

  /** A transaction arrived; was it the one that this form made? */
  arrived(tx, latencyMs) {
    this.lastTx = tx;
    if (this.awaited === tx) {
      this.awaited = null;
      this.tell('done', `Captured as transaction ${tx} and here ${latencyMs} ms after the commit.`);
    }
  }

  describe(row) {
    this.title.textContent = `${row.name}${row.employee ? ` · ${row.employee}` : ''}`;
    this.place.textContent = `${row.department}, floor ${row.floor_number}, ${row.building} — ${row.status}`;
    this.equipment.replaceChildren(...Object.entries(row.equipment ?? {}).map(([name, value]) => {
      const chip = this.equipment.ownerDocument.createElement('span');
      chip.textContent = value === true ? name : `${name}: ${value}`;
      return chip;
    }));
  }

  adapt() {
    const taken = ['occupied', 'reserved'].includes(this.form.elements.status.value);
    this.employee.disabled = !taken;
    this.employee.required = taken;
    this.employee.placeholder = taken ? 'Who?' : 'nobody';
  }

  async submit() {
    const status = this.form.elements.status.value;
    const body = {
      status,
      employee: this.employee.disabled ? null : this.employee.value.trim(),
      notes: this.notes.value.trim() || null,
    };
    this.save.disabled = true;
    this.tell('', 'Saving…');
    try {
      const response = await fetch(`demo/workstations/${this.row.id}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (!response.ok) {
        this.tell('failed', answer.message);
      } else if (this.lastTx === answer.tx) {
        this.tell('done', `Captured as transaction ${answer.tx}; it was here before the answer to this form.`);
      } else {
        this.awaited = answer.tx;
        this.tell('', `Committed as transaction ${answer.tx}, waiting for it to come back…`);
      }
    } catch (problem) {
      this.tell('failed', 'The server cannot be reached at the moment.');
    } finally {
      this.save.disabled = false;
    }
  }

  tell(kind, message) {
    this.outcome.textContent = message;
    this.outcome.dataset.kind = kind;
  }
}

function choice(document, status) {
  const label = document.createElement('label');
  label.dataset.status = status;
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = 'status';
  input.value = status;
  label.append(input, document.createElement('i'), status);
  return label;
}
