const BARS = 60;
const STEP_MS = 500;
const HEIGHT = 34;
const MOST = 12;

/** How many changes came, each half second of the last thirty, as bars. */
export class Strip {
  #bars = Array(BARS).fill(0);
  #shapes = [];
  #began = Date.now();

  /** @param {SVGElement} svg 240 wide */
  constructor(svg) {
    const width = 240 / BARS;
    for (let i = 0; i < BARS; i++) {
      const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      bar.setAttribute('x', String(i * width + 0.5));
      bar.setAttribute('width', String(width - 1));
      bar.setAttribute('rx', '1');
      svg.append(bar);
      this.#shapes.push(bar);
    }
    this.draw();
  }

  /** @param {number} changes that came just now */
  add(changes) {
    this.#bars[BARS - 1] += changes;
    this.draw();
  }

  /** Time has passed: the oldest go. */
  tick() {
    const steps = Math.min(BARS, Math.floor((Date.now() - this.#began) / STEP_MS));
    if (steps > 0) {
      this.#began += Math.floor((Date.now() - this.#began) / STEP_MS) * STEP_MS;
      this.#bars = [...this.#bars.slice(steps), ...Array(steps).fill(0)];
      this.draw();
    }
  }

  draw() {
    this.#bars.forEach((count, i) => {
      // By the square root, so that what is caught up with does not make all else invisible.
      const height = count === 0 ? 1.5 : Math.min(HEIGHT, 5 + (HEIGHT - 5) * Math.sqrt(count / MOST));
      this.#shapes[i].setAttribute('y', String(HEIGHT - height));
      this.#shapes[i].setAttribute('height', String(height));
      this.#shapes[i].classList.toggle('none', count === 0);
    });
  }
}
