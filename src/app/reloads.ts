// What is taken anew while the server runs: settings, and files beside them. A part says which of its settings it can
// take, and how; whatever nobody takes waits for the next start, and is named. What is faulty stays as it was.

import { withoutCredentials } from '../core/without-credentials.ts';
import { isSecretSetting, type SettingName, type Settings } from '../settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a reload reads: all settings, as a start would. Throws what is wrong with them. */
export type ReadAgain = () => { readonly settings: Settings; readonly environment: Environment };

export interface SettingChange {
  readonly name: SettingName;
  /** As they are read; secrets are left out. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface ReloadReport {
  /** Settings whose new value is in force. */
  readonly changes: readonly SettingChange[];
  /** Settings that were changed, and hold from the next start on. */
  readonly waiting: readonly SettingName[];
  /** What could not be taken, in words: all of it stays as it was. */
  readonly faults: readonly string[];
  /** None where the settings could not be read, part where one of those who take them could not. */
  readonly taken: 'all' | 'part' | 'none';
}

/** Puts a part's new settings into force, all of them or, where it throws, none. Files are read again in any case. */
export type Take = (settings: Settings) => void | Promise<void>;

interface Part {
  readonly names: readonly SettingName[];
  readonly take: Take;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

export class Reloads {
  readonly #parts: Part[] = [];
  readonly #inForce: Writable<Settings>;
  readonly #environment: Record<string, string | undefined>;
  #running: Promise<unknown> = Promise.resolve();

  constructor(settings: Settings, environment: Environment) {
    this.#inForce = { ...settings };
    this.#environment = { ...environment };
  }

  /** One object for the whole run: whoever reads it when needed reads what is in force. */
  get settings(): Settings {
    return this.#inForce;
  }

  /** The same of what is no setting: upstreams' keys. */
  get environment(): Environment {
    return this.#environment;
  }

  /** `take` is called at each reload, also where none of `names` was changed. */
  add(names: readonly SettingName[], take: Take): void {
    this.#parts.push({ names, take });
  }

  /** Settings that can be changed while the server runs. */
  get names(): readonly SettingName[] {
    return this.#parts.flatMap(({ names }) => names);
  }

  /** One after the other. Never throws. */
  reload(read: ReadAgain): Promise<ReloadReport> {
    const report = this.#running.then(() => this.#reload(read));
    this.#running = report;
    return report;
  }

  async #reload(read: ReadAgain): Promise<ReloadReport> {
    let fresh: ReturnType<ReadAgain>;
    try {
      fresh = read();
    } catch (error) {
      return { changes: [], waiting: [], faults: [reasonOf(error)], taken: 'none' };
    }
    for (const name of Object.keys(this.#environment)) delete this.#environment[name];
    Object.assign(this.#environment, fresh.environment);
    const changed = new Set(
      (Object.keys(fresh.settings) as SettingName[]).filter(
        (name) => !isSameSetting(fresh.settings[name], this.#inForce[name]),
      ),
    );
    const changes: SettingChange[] = [];
    const refused = new Set<SettingName>();
    // Two ports may have one certificate.
    const faults = new Set<string>();
    for (const { names, take } of this.#parts) {
      const own = names.filter((name) => changed.has(name));
      try {
        await take(fresh.settings);
        changes.push(...own.map((name) => changeOf(name, this.#inForce, fresh.settings)));
        for (const name of own) changed.delete(name);
        for (const name of own) Object.assign(this.#inForce, { [name]: fresh.settings[name] });
      } catch (error) {
        faults.add(reasonOf(error));
        for (const name of own) refused.add(name);
      }
    }
    const waiting = [...changed].filter((name) => !refused.has(name));
    return { changes, waiting, faults: [...faults], taken: faults.size === 0 ? 'all' : 'part' };
  }
}

/** A value as it may be written down. */
export function shownSetting(name: SettingName, settings: Settings): unknown {
  return isSecretSetting(name) ? '(not written down)' : shown(plain(settings[name]));
}

/** An address may hold a key. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === 'string' && value.includes('://') ? withoutCredentials(value) : value;
}

function changeOf(name: SettingName, before: Settings, after: Settings): SettingChange {
  return { name, before: shownSetting(name, before), after: shownSetting(name, after) };
}

export function isSameSetting(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

/** As it can be told: sets, addresses and functions of a parsed setting say nothing by their own members. */
function plain(value: unknown): unknown {
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof URL) return value.href;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
