// Tells once where the program was installed or built anew under a server: what it runs is what it was started with, and
// nobody would know why an update changes nothing.

import { statSync } from 'node:fs';
import { version } from '../version.ts';
import type { Ground } from './ground.ts';

const LOOK_MS = 10_000;

export function watchProgram({ warn, opened }: Ground, program: URL = PROGRAM): void {
  const started = markOf(program);
  // In a clone that was not built, whoever edits a file knows.
  if (started === null || program.href.endsWith('.ts')) return;
  const timer = setInterval(() => {
    const now = markOf(program);
    // While it is being installed nothing may be there.
    if (now === null || now === started) return;
    clearInterval(timer);
    warn(
      `TokenWatch was installed or built anew under this server, which goes on as version ${version}, as it was started. Start it again to run what is there now.`,
    );
  }, LOOK_MS).unref();
  opened.defer(() => clearInterval(timer));
}

/** Each build and each installation writes it anew. */
const PROGRAM = new URL(`../cli/main.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

function markOf(file: URL): string | null {
  const facts = statSync(file, { throwIfNoEntry: false, bigint: true });
  return facts === undefined ? null : `${facts.dev} ${facts.ino} ${facts.mtimeNs}`;
}
