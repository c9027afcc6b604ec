// The settings of a command, of which none can do anything where its data folder is something else, or out of reach.

import { accessSync, constants } from 'node:fs';
import { TokenWatchError } from '../core/errors.ts';
import { inTheWay } from '../runtime/make-folders.ts';
import { readSettings, type Settings } from '../settings.ts';

export function commandSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const settings = readSettings(environment);
  const folder = settings.TOKENWATCH_DATA_DIR;
  const found = inTheWay(folder);
  if (found !== null)
    throw new TokenWatchError(
      'invalid_setting',
      `The data folder cannot be ${folder}: ${found}. Name a folder with TOKENWATCH_DATA_DIR, or move away what is in its place.`,
    );
  if (isOutOfReach(folder))
    throw new TokenWatchError(
      'invalid_setting',
      `The data folder ${folder} may not be read by this user. Run the command as the user whose it is, or name a folder with TOKENWATCH_DATA_DIR.`,
    );
  return settings;
}

/** There, or below something that is, and another user's alone. */
function isOutOfReach(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.X_OK);
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
