// Runs the tests with the Node.js at hand, and says so when it is too old for them: the client itself is for browsers, and
// a build of the server must not fail over an old Node.js.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const NEEDED = 20;
const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED) {
  console.warn(`client-js: NOT TESTED. Its tests need Node.js ${NEEDED} or later, this is ${process.versions.node}.`);
} else {
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
