// Loaded before the server (`node --import`): breaks its build in the way that the environment names.

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { BROKEN_BUILDS } from './broken-builds.ts';

/** Which says whether the source is started, and not what was made of it before. */
const LAUNCHERS_CHOICE = new URL('../../../bin/is-changed.js', import.meta.url);

const build = BROKEN_BUILDS.find(({ how }) => how === process.env.TOKENWATCH_FAULTS_BREAK);
if (build !== undefined) {
  const url = new URL(`../../../${build.file}`, import.meta.url);
  const source = readFileSync(url, 'utf8');
  if (!source.includes(build.replaced)) throw new Error(`${build.file} has no "${build.replaced}" any more`);
  const broken = source.replace(build.replaced, () => build.by);
  registerHooks({
    load: (loaded, context, next) => {
      const [place] = loaded.split('?');
      if (place === LAUNCHERS_CHOICE.href)
        return { format: 'module', source: 'export const isChanged = () => true;', shortCircuit: true };
      if (place === url.href) return { format: 'module-typescript', source: broken, shortCircuit: true };
      return next(loaded, context);
    },
  });
}
