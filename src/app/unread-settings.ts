// Settings that nobody reads: a misspelt name must not pass for a limit that is in force.

import { unreadSettings } from '../settings.ts';
import type { Ground } from './ground.ts';
import type { Rules } from './rules.ts';

/** At the start, and at each reload what has come since. */
export function tellUnreadSettings({ environment, reloads, warn }: Ground, { watch }: Rules): void {
  const told = new Set<string>();
  const tell = () => {
    const fresh = unreadSettings(environment, watch.current.upstreams).filter((name) => !told.has(name));
    for (const name of fresh) {
      told.add(name);
      warn(`Nobody reads ${name}: it is no setting. "tokenwatch start --help" lists all names.`);
    }
  };
  reloads.add([], tell);
  tell();
}
