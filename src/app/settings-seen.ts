// What the settings of a server were when they were last looked at: a start with others is told to the audit log.
// Defaults are left out, and secrets: of these it is only told that they are set.

import { join } from 'node:path';
import type { ChangeLog } from '../access/audit/change-log.ts';
import { readPrivateFile, writePrivateFile } from '../record/private-file.ts';
import { readSettings, type SettingName, type Settings } from '../settings.ts';
import type { Ground } from './ground.ts';
import { isSameSetting, shownSetting } from './reloads.ts';

const NAME = 'settings-seen.json';

type Seen = Readonly<Record<string, unknown>>;

/** Call it at the start; `who` is whose server it is. A folder that takes no file keeps nobody from starting. */
export function tellSettings({ settings, clock, warn }: Ground, log: ChangeLog, who: string): void {
  const path = join(settings.TOKENWATCH_DATA_DIR, NAME);
  try {
    const [before, now] = [seenIn(readPrivateFile(path)), seenOf(settings)];
    if (before !== null && JSON.stringify(before) === JSON.stringify(now)) return;
    const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(now)])].filter(
      (name) => JSON.stringify(before?.[name]) !== JSON.stringify(now[name]),
    );
    const side = (seen: Seen) => Object.fromEntries(names.map((name) => [name, seen[name] ?? '(default)']));
    if (names.length > 0) {
      const change = { who, role: 'admin', action: 'settings' };
      log.tell({ ...change, before: before && side(before), after: side(now) }, clock.now());
    }
    writePrivateFile(path, JSON.stringify(now));
  } catch (error) {
    warn(`The settings of this start are not in the audit log: ${(error as Error).message}`);
  }
}

/** After a reload, which has told of its own. */
export function rememberSettings({ settings, warn }: Pick<Ground, 'settings' | 'warn'>): void {
  try {
    writePrivateFile(join(settings.TOKENWATCH_DATA_DIR, NAME), JSON.stringify(seenOf(settings)));
  } catch (error) {
    warn(`${NAME} cannot be written: ${(error as Error).message}`);
  }
}

function seenOf(settings: Settings): Seen {
  const defaults = readSettings({ TOKENWATCH_DATA_DIR: settings.TOKENWATCH_DATA_DIR });
  const names = (Object.keys(settings) as SettingName[]).filter(
    (name) => !isSameSetting(settings[name], defaults[name]),
  );
  return Object.fromEntries(names.toSorted().map((name) => [name, shownSetting(name, settings)]));
}

/** Null for none, or half of one. */
function seenIn(text: string | null): Seen | null {
  try {
    const seen = JSON.parse(text ?? 'null') as Seen | null;
    return typeof seen === 'object' ? seen : null;
  } catch {
    return null;
  }
}
