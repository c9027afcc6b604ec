// The version of this TokenWatch, as its package says it.

import { readFileSync } from 'node:fs';

const packageFile = new URL('../package.json', import.meta.url);

export const version = String(
  (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: unknown }).version,
);
