// Opens an archive for reading and writing: checks its key, and leaves a canary for the next one who opens it.

import { threadMs } from '../core/clock.ts';
import { Redactor } from '../redaction/redactor.ts';
import { Archivist } from './archivist.ts';
import { canaryOf, KeyRing } from './cipher.ts';
import type { PromptArchive } from './ports.ts';

export interface ArchiveSettings {
  readonly redacts: boolean;
  readonly itemBytesMax: number;
  /** The one for new items first; none writes them plain. */
  readonly keys: readonly Buffer[];
}

/** More than enough for the largest item; what takes longer is not stored. */
const REDACTION_BUDGET_MS = 2000;

/** Throws `invalid_setting` for a wrong key. */
export async function openArchivist(archive: PromptArchive, settings: ArchiveSettings): Promise<Archivist> {
  const { secret, canaries } = await archive.archiveState();
  const keys = new KeyRing(settings.keys, secret, canaries);
  const { current } = keys;
  if (current !== null && canaries[current.id] === undefined)
    await archive.putCanary(current.id, canaryOf(current));
  const redactor = settings.redacts
    ? new Redactor({ spentMs: threadMs, budgetMs: REDACTION_BUDGET_MS })
    : null;
  return new Archivist({ archive, keys, secret, redactor, itemBytesMax: settings.itemBytesMax });
}
