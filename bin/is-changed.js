import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether the source in this clone was changed since its modules were joined into dist/, or never were. */
export function isChanged(root) {
  const builtAt = statSync(join(root, 'dist', 'cli', 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const source = join(root, 'src');
  // Folders, too: a module that is gone has left no other trace.
  const names = readdirSync(source, { recursive: true });
  return ['.', ...names].some((name) => statSync(join(source, name)).mtimeMs > builtAt);
}
