import { globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Moves a build in file by file, and what it no longer has out: a server that starts meanwhile finds every file whole.
 * `order` puts those that name others behind them; what `keeps` names is not of the build.
 */
export function moveIn(fresh, folder, { order, keeps = () => false }) {
  const files = globSync('**/*.*', { cwd: fresh });
  for (const name of files.sort((one, other) => order(one) - order(other))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    renameSync(join(fresh, name), join(folder, name));
  }
  for (const name of globSync('**/*.*', { cwd: folder }))
    if (!files.includes(name) && !keeps(name)) rmSync(join(folder, name));
}
