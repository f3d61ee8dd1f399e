import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);

/** The modules that browsers and Node.js load. */
export function sources() {
  const modules = readdirSync(new URL('client/', root)).filter((name) => name !== 'types.js');
  return ['index.js', 'react.js', ...modules.map((name) => `client/${name}`).sort()];
}

/** Tells whether what is generated was made from these sources. */
export function sourceHash() {
  const hash = createHash('sha256');
  for (const name of [...sources(), 'client/types.js']) {
    hash.update(name).update(readFileSync(new URL(name, root)));
  }
  return hash.digest('hex').slice(0, 16);
}
