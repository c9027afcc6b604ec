// Loaded before the server (`node --import`): breaks its build in the way that the environment names.

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { BROKEN_BUILDS } from './broken-builds.ts';

const build = BROKEN_BUILDS.find(({ how }) => how === process.env.TOKENWATCH_FAULTS_BREAK);
if (build !== undefined) {
  const url = new URL(`../../../${build.file}`, import.meta.url);
  const source = readFileSync(url, 'utf8');
  if (!source.includes(build.replaced)) throw new Error(`${build.file} has no "${build.replaced}" any more`);
  const broken = source.replace(build.replaced, () => build.by);
  registerHooks({
    load: (loaded, context, next) =>
      loaded.split('?')[0] === url.href
        ? { format: 'module-typescript', source: broken, shortCircuit: true }
        : next(loaded, context),
  });
}
