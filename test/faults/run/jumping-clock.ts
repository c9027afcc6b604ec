// Loaded before the server (`node --import`): its wall clock jumps to what a file says, each time that SIGUSR2 comes.

import { readFileSync } from 'node:fs';

const path = process.env.TOKENWATCH_FAULTS_CLOCK;
const trueNow = Date.now.bind(Date);
let offsetMs = 0;
if (path !== undefined) {
  Date.now = () => trueNow() + offsetMs;
  process.on('SIGUSR2', () => {
    offsetMs = Number(readFileSync(path, 'utf8'));
  });
}
