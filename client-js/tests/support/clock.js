/** Time that moves when it is told to. `random` is 1 unless set: the longest wait that chance may choose. */
export class FakeClock {
  time = 1_000_000;
  chance = 1;
  #timers = new Map();
  #ids = 0;

  now = () => this.time;
  random = () => this.chance;

  setTimeout = (callback, ms) => {
    const id = ++this.#ids;
    this.#timers.set(id, { at: this.time + ms, ms, callback });
    return id;
  };

  clearTimeout = (id) => void this.#timers.delete(id);

  /** The waits that are running, in milliseconds as they were asked for. */
  get waits() {
    return [...this.#timers.values()].map(({ ms }) => ms);
  }

  /** Lets time pass, and what is due happen, with all that follows from it at once. */
  async pass(ms) {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) {
        break;
      }
      this.#timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].callback();
      await settle();
    }
    this.time = end;
  }
}

/** Until all promises that can be settled are. */
export async function settle() {
  for (let i = 0; i < 20; i++) {
    await Promise.resolve();
  }
}
