// The commonest mistakes, each as data: what it looks like, and what to do.

import { isMeantAsKey, isWholeKey } from '../access/keys/key-text.ts';
import type { Finding } from '../core/finding.ts';
import { unreadSettings } from '../settings.ts';
import { proxiedHost, WITHOUT_QUOTES, type WrongUrl, wrongBaseUrls } from './base-urls.ts';
import type { CheckUp, Patient, StoredRules } from './check-up.ts';
import { isForeign, isSendable, KEYS } from './own-keys.ts';

interface Mistake {
  readonly subject: string;
  readonly advice: string;
  /** Null where it was not made. */
  readonly found: (patient: Patient, stored: StoredRules | null) => string | null;
}

export const MISTAKES: readonly Mistake[] = [
  {
    subject: 'NO_PROXY',
    advice: 'Add localhost,127.0.0.1 to NO_PROXY: else applications ask a proxy for TokenWatch itself.',
    found: (patient) => {
      const way = proxiedHost(patient);
      return way && `${way.proxy} is set, and NO_PROXY names no ${way.host}`;
    },
  },
  ...KEYS.map(
    ({ variable, setting }): Mistake => ({
      subject: variable,
      advice: `Set ${setting} to the provider whose key it is.`,
      found: ({ environment, settings }) => {
        const url = settings[setting];
        if (settings.TOKENWATCH_FOREIGN_KEYS === 'allow' || !isForeign(environment[variable], url.hostname))
          return null;
        return `has the form of another provider’s key than ${url.host}’s`;
      },
    }),
  ),
  ...KEYS.map(
    ({ setting }): Mistake => ({
      subject: setting,
      advice: 'Leave one out.',
      found: ({ settings }) =>
        /\/v1\/v1\/?$/.test(settings[setting].pathname)
          ? `${settings[setting].href} ends in /v1 twice`
          : null,
    }),
  ),
  ...KEYS.map(
    ({ variable }): Mistake => ({
      subject: variable,
      advice: 'Set it anew, without them: no client can send it as it is.',
      found: ({ environment }) => {
        const key = environment[variable]?.trim() ?? '';
        return key === '' || isSendable(key) ? null : 'holds blanks or other characters that no key has';
      },
    }),
  ),
  ...KEYS.map(
    ({ variable }): Mistake => ({
      subject: variable,
      advice: WITHOUT_QUOTES,
      found: ({ environment }) => (/^\s*["']/.test(environment[variable] ?? '') ? 'stands in quotes' : null),
    }),
  ),
  ...KEYS.map(
    ({ variable }): Mistake => ({
      subject: variable,
      advice: 'Set it anew: "tokenwatch key rotate NAME" makes another, where this one is lost.',
      found: ({ environment }) => {
        const key = environment[variable]?.trim() ?? '';
        return isMeantAsKey(key) && !isWholeKey(key)
          ? 'is an access key of TokenWatch that is mistyped or cut off'
          : null;
      },
    }),
  ),
  {
    subject: 'TOKENWATCH_BUDGET_ENABLED',
    advice: 'Nothing is limited and no kill switch works: set it to true.',
    found: ({ settings }) => (settings.TOKENWATCH_BUDGET_ENABLED ? null : 'is false'),
  },
  {
    subject: 'settings',
    advice: 'Nobody reads it: "tokenwatch start --help" lists all names.',
    found: ({ environment }, stored) =>
      unreadSettings(environment, stored?.upstreams ?? []).join(', ') || null,
  },
];

export const mistakes: CheckUp = {
  name: 'Common mistakes',
  isNeeded: () => true,
  run: async (patient, stored) => {
    const found = MISTAKES.flatMap(({ subject, advice, found: look }): WrongUrl[] => {
      const made = look(patient, stored);
      return made === null ? [] : [{ subject, found: made, advice }];
    });
    const all = [...wrongBaseUrls(patient), ...found];
    if (all.length > 0) return all.map((each): Finding => ({ ...each, verdict: 'warning' }));
    const subject = 'base URLs, proxies, keys and settings';
    return [{ subject, verdict: 'ok', found: 'none was made', advice: null }];
  },
};
