// Files of the data folder without which something stops working that nobody would look for in them: told of at the
// start, and by the doctor.

import { AuditLog } from '../access/audit/audit-log.ts';
import { keyOf } from '../access/keys/access-key.ts';
import { pepperTrouble } from '../access/keys/pepper.ts';
import { readFolderToken } from '../access/login/folder-token.ts';
import { UserFile } from '../access/login/users.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import type { Settings } from '../settings.ts';
import type { Ground } from './ground.ts';
import type { Rules } from './rules.ts';

export interface FilesQuestion {
  readonly settings: Settings;
  /** The access keys that were made. */
  readonly keys: readonly RuleEntry[];
  readonly nowMs: number;
}

const LOOKS: readonly ((question: FilesQuestion) => string | null)[] = [
  ({ settings: { TOKENWATCH_DATA_DIR, TOKENWATCH_KEY_PEPPER }, keys, nowMs }) =>
    pepperTrouble(TOKENWATCH_DATA_DIR, TOKENWATCH_KEY_PEPPER, keys.map(keyOf), nowMs),
  ({ settings }) => {
    try {
      void new UserFile(settings.TOKENWATCH_DATA_DIR).all;
      return null;
    } catch (error) {
      return `${(error as Error).message} Until then nobody is let in to the dashboard.`;
    }
  },
  ({ settings }) => new AuditLog(settings.TOKENWATCH_DATA_DIR).trouble,
  ({ settings }) => {
    try {
      readFolderToken(settings.TOKENWATCH_DATA_DIR);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  },
];

/** What is wrong, and what to do; each in its own words. */
export function damagedFiles(question: FilesQuestion): readonly string[] {
  return LOOKS.flatMap((look) => look(question) ?? []);
}

export function tellDamagedFiles({ settings, clock, warn }: Ground, { watch }: Rules): void {
  for (const damage of damagedFiles({ settings, keys: watch.current.keys, nowMs: clock.now() })) warn(damage);
}
