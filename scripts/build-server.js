// Joins the modules of src/ into a few files in dist/, which load in a third of the time; npm runs it after an install in
// a clone, and before it packs. Each program is joined by itself, so that a thread loads no more than it needs. What is no
// module of ours stays where it is installed.
import { globSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { moveIn } from './move-in.js';

const SOURCE = resolve('src');
const DIST = 'dist';
/** The joined modules lie here; each program has a line in its own place that leads here. */
const JOINED = 'joined';

/** What is started by its file: the command, each thread, and the suite that tries an Oracle Database. */
const programs = globSync(['cli/main.ts', '**/*-worker.ts', '**/thread-entry.ts', '**/suite-process.ts'], {
  cwd: SOURCE,
  exclude: ['**/fixtures/**'],
}).map((file) => file.replace(/\.ts$/, '').replaceAll(sep, '/'));

/** A module that looks for what lies beside it goes on looking there, whichever file it is joined into. */
const ownPlace = {
  name: 'own-place',
  transform(code, id) {
    const place = relative(SOURCE, id).replaceAll(sep, '/').replace(/\.ts$/, '.js');
    if (place.startsWith('..') || !code.includes('import.meta.url')) return null;
    return code.replaceAll('import.meta.url', `new URL('../${place}', import.meta.url).href`);
  },
};

const begunAt = new Date();
const fresh = mkdtempSync(`${DIST}-`);
try {
  for (const program of programs) {
    const bundle = await rolldown({
      input: { [program.replaceAll('/', '.')]: `src/${program}.ts` },
      platform: 'node',
      external: (id) => !id.startsWith('.') && !resolve(id).startsWith(SOURCE),
      plugins: [ownPlace],
    });
    await bundle.write({ dir: join(fresh, JOINED), format: 'esm', chunkFileNames: '[name]-[hash].js' });
    await bundle.close();
  }
  for (const program of programs) {
    const file = join(fresh, `${program}.js`);
    const joined = `${program.replaceAll('/', '.')}.js`;
    mkdirSync(dirname(file), { recursive: true });
    const way = posix.relative(posix.dirname(program), `${JOINED}/${joined}`);
    // Not `import '…'`: V8 crashes where a thread is ended while a module that awaits hands over to one that names it so.
    writeFileSync(file, `await import('${way}');\n`);
    // Whether the source was changed since is told by this time: see bin/is-changed.js.
    utimesSync(file, begunAt, begunAt);
  }
  const isModel = (name) => name.startsWith('model');
  moveIn(fresh, DIST, { order: (name) => Number(!name.startsWith(JOINED)), keeps: isModel });
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
