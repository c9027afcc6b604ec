// Every setting as data: the table of all groups, and how it is read. A setting is a row in its group's file; the README's
// tables and `tokenwatch start --help` show this list.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { TokenWatchError } from './core/errors.ts';
import { REFUSED_WORDS, refusedHostIn } from './core/refused-address.ts';
import type { Upstream } from './core/upstream.ts';
import { withoutCredentials } from './core/without-credentials.ts';
import { CACHE } from './settings/cache.ts';
import { FAILOVER } from './settings/failover.ts';
import { LISTENING } from './settings/listening.ts';
import { LOGGING } from './settings/logging.ts';
import { LOGIN } from './settings/login.ts';
import { MONEY } from './settings/money.ts';
import { PROMPTS } from './settings/prompts.ts';
import { RECORDS } from './settings/records.ts';
import type { Setting } from './settings/setting.ts';
import { TELEMETRY } from './settings/telemetry.ts';
import { UPSTREAMS } from './settings/upstreams.ts';

export const SETTINGS = {
  ...LISTENING,
  ...LOGIN,
  ...UPSTREAMS,
  ...FAILOVER,
  ...MONEY,
  ...CACHE,
  ...RECORDS,
  ...LOGGING,
  ...TELEMETRY,
  ...PROMPTS,
};

type Definitions = typeof SETTINGS;
export type SettingName = keyof Definitions;
export type Settings = {
  readonly [Name in SettingName]: Definitions[Name] extends Setting<infer T> ? T : never;
};

/** The data folder by the platform's convention. */
function standardDataDir(environment: Record<string, string | undefined>, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'tokenwatch');
  if (platform === 'win32') {
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'tokenwatch');
  }
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tokenwatch');
}

/**
 * Reads all settings; an empty or absent variable takes its default. Throws `invalid_setting` with the
 * variable, the value, as far as it is no secret, and the accepted form.
 */
export function readSettings(
  environment: Record<string, string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Settings {
  const values: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(SETTINGS)) {
    const given = environment[name]?.trim();
    const text = given || (definition.standard ?? standardDataDir(environment, platform));
    const value = definition.parse(text);
    const refused = definition.isCalled === true ? refusedHostIn(text) : null;
    if (value === undefined || refused !== null) {
      const shown = isSecretSetting(name) ? '…' : withoutCredentials(text);
      const why = refused === null ? ` is not ${definition.form}` : `: ${refused} ${REFUSED_WORDS}`;
      throw new TokenWatchError('invalid_setting', `${name}="${shown}"${why}.`);
    }
    values[name] = value;
  }
  return values as Settings;
}

/** Whose values are written down nowhere. */
export function isSecretSetting(name: string): boolean {
  return /(?:PASSWORD|PEPPER|SECRET|_TOKEN|_KEY|DATABASE_URL)$/.test(name);
}

/** What somebody has set it to; null where it is what it is without anybody. */
export function givenSetting<Name extends SettingName>(
  name: Name,
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Settings[Name] | null {
  return environment[name]?.trim() || settings[name] !== SETTINGS[name].standard ? settings[name] : null;
}

/** Read by one command, by the program's launcher, and by the project's own tests. */
const ELSEWHERE = /^TOKENWATCH_(?:ORACLE_ADMIN_PASSWORD$|LAUNCHED$|TEST_|FUZZ)/;

/**
 * Variables that look like settings and that nobody reads, in order: most often a misspelt name, and with it a limit that
 * is not in force. Upstreams may read their keys from variables of any name.
 */
export function unreadSettings(
  environment: Readonly<Record<string, string | undefined>>,
  upstreams: readonly Pick<Upstream, 'key'>[],
): readonly string[] {
  const keys = new Set(upstreams.map(({ key }) => (key?.from === 'environment' ? key.name : null)));
  return Object.keys(environment)
    .filter((name) => name.startsWith('TOKENWATCH_') && environment[name]?.trim())
    .filter((name) => !Object.hasOwn(SETTINGS, name) && !ELSEWHERE.test(name) && !keys.has(name))
    .toSorted();
}
