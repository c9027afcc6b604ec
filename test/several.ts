// Test files in one process, one behind the other: `node test/several.ts FILE…`. Most need less time than a process needs
// to start and to load what they test.

import { relative, resolve } from 'node:path';
import { suite } from 'node:test';
import { pathToFileURL } from 'node:url';
// It alone awaits while it is loaded. Once it is there, every test file runs within the `suite` that loads it, and what
// the file does around its tests is done around no others.
import '../src/pricing/catalogue.ts';

for (const file of process.argv.slice(2))
  suite(relative(process.cwd(), file), async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
