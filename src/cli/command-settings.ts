// The settings of a command, of which none can do anything where its data folder is something else.

import { TokenWatchError } from '../core/errors.ts';
import { inTheWay } from '../core/make-folders.ts';
import { readSettings, type Settings } from '../settings.ts';

export function commandSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = readSettings(environment);
  const found = inTheWay(settings.TOKENWATCH_DATA_DIR);
  if (found === null) return settings;
  throw new TokenWatchError(
    'invalid_setting',
    `The data folder cannot be ${settings.TOKENWATCH_DATA_DIR}: ${found}. Name a folder with TOKENWATCH_DATA_DIR, or move away what is in its place.`,
  );
}
