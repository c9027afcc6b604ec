// Builds the dashboard's browser app into web/dist; npm runs it after an install in a clone, and before it packs.
// Built beside and moved in file by file: a server that starts meanwhile finds every file whole.
import { globSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'vite';

const DIST = join('web', 'dist');
const fresh = mkdtempSync(`${DIST}-`);
try {
  await build({ root: 'web', logLevel: 'warn', build: { outDir: join('..', fresh) } });
  const files = globSync('**/*.*', { cwd: fresh });
  // The page last: what it names is there by then.
  for (const name of files.sort((a, b) => Number(a === 'index.html') - Number(b === 'index.html'))) {
    mkdirSync(dirname(join(DIST, name)), { recursive: true });
    renameSync(join(fresh, name), join(DIST, name));
  }
  for (const name of globSync('**/*.*', { cwd: DIST })) {
    if (!files.includes(name)) rmSync(join(DIST, name));
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
