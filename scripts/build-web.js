// Builds the dashboard's browser app into web/dist; npm runs it after an install in a clone, and before it packs.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { moveIn } from './move-in.js';

const DIST = join('web', 'dist');
const fresh = mkdtempSync(`${DIST}-`);
try {
  await build({ root: 'web', logLevel: 'warn', build: { outDir: join('..', fresh) } });
  moveIn(fresh, DIST, { order: (name) => Number(name === 'index.html') });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
