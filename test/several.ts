// Test files in one process, one behind the other: `node test/several.ts FILE…`. Unit tests need less time than a process
// needs to start and to load what they test.

import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2))
  await import(pathToFileURL(file).href).catch((error: unknown) => {
    test(`${file} is loaded`, () => {
      throw error;
    });
  });
