// The commonest mistakes, each as data: what it looks like, and what to do.

import type { Finding } from '../core/finding.ts';
import { leadsToItself } from '../core/own-place.ts';
import { foreignKeyAt, providerAt } from '../upstream/foreign-keys.ts';
import { ownPlace } from '../upstream/own-place.ts';
import type { CheckUp, Patient } from './check-up.ts';

interface Mistake {
  readonly subject: string;
  readonly advice: string;
  /** Null where it was not made. */
  readonly found: (patient: Patient) => string | null;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

export const MISTAKES: readonly Mistake[] = [
  {
    subject: 'ANTHROPIC_BASE_URL',
    advice: 'Leave out /v1: Anthropic’s SDKs add it themselves.',
    found: ({ environment: { ANTHROPIC_BASE_URL: url } }) =>
      url !== undefined && /\/v1\/?$/.test(url) ? `${url} ends in /v1` : null,
  },
  {
    subject: 'OPENAI_BASE_URL',
    advice: 'End it with /openai/v1: OpenAI’s SDKs add nothing.',
    found: ({ environment: { OPENAI_BASE_URL: url } }) =>
      url !== undefined && /\/openai\/?$/.test(url) ? `${url} lacks /v1` : null,
  },
  {
    subject: 'base URLs',
    advice: 'Use http, or give TokenWatch a certificate (TOKENWATCH_TLS_CERT): it speaks no TLS now.',
    found: ({ environment, settings }) =>
      settings.TOKENWATCH_TLS_CERT === ''
        ? (ownUrls(environment).find((url) => /^https:\/\/(?:localhost|127\.)/.test(url)) ?? null)
        : null,
  },
  {
    subject: 'base URLs',
    advice: 'Use https: TOKENWATCH_TLS_CERT has the proxy speak TLS alone.',
    found: ({ environment, settings }) =>
      settings.TOKENWATCH_TLS_CERT === ''
        ? null
        : (ownUrls(environment).find(
            (url) =>
              URL.parse(url)?.protocol === 'http:' &&
              URL.parse(url)?.port === String(settings.TOKENWATCH_PROXY_PORT),
          ) ?? null),
  },
  {
    subject: 'base URLs',
    advice: 'Point them at TOKENWATCH_PROXY_PORT: the dashboard answers no model.',
    found: ({ environment, settings }) =>
      ownUrls(environment).find(
        (url) => URL.canParse(url) && new URL(url).port === String(settings.TOKENWATCH_DASHBOARD_PORT),
      ) ?? null,
  },
  {
    subject: 'NO_PROXY',
    advice: 'Add localhost,127.0.0.1 to NO_PROXY: else applications ask HTTP_PROXY for TokenWatch itself.',
    found: ({ environment }) => {
      const proxy = environment.HTTP_PROXY ?? environment.http_proxy;
      const none = environment.NO_PROXY ?? environment.no_proxy ?? '';
      return proxy && !/localhost|127\.0\.0\.1|^\*$/.test(none)
        ? 'HTTP_PROXY is set, and NO_PROXY names no localhost'
        : null;
    },
  },
  {
    subject: 'upstreams',
    advice:
      'Set TOKENWATCH_ANTHROPIC_URL and TOKENWATCH_OPENAI_URL to the providers’ addresses, not to TokenWatch’s own.',
    found: ({ settings }) => {
      const own = ownPlace(settings.TOKENWATCH_HOST, [
        settings.TOKENWATCH_PROXY_PORT,
        settings.TOKENWATCH_DASHBOARD_PORT,
      ]);
      const looping = [settings.TOKENWATCH_ANTHROPIC_URL, settings.TOKENWATCH_OPENAI_URL].find((url) =>
        leadsToItself(url, own),
      );
      return looping === undefined ? null : `${looping.href} is TokenWatch itself`;
    },
  },
  {
    subject: 'OPENAI_API_KEY',
    advice: 'Set TOKENWATCH_OPENAI_URL to the provider whose key it is.',
    found: ({ environment, settings }) => {
      const key = environment.OPENAI_API_KEY;
      if (!key || settings.TOKENWATCH_FOREIGN_KEYS === 'allow') return null;
      const url = settings.TOKENWATCH_OPENAI_URL;
      const receiver = providerAt(url.hostname);
      const foreign = receiver && foreignKeyAt(receiver, ['authorization', `Bearer ${key}`], '');
      return foreign === null ? null : `has the form of another provider’s key than ${url.host}’s`;
    },
  },
  {
    subject: 'TOKENWATCH_HOST',
    advice: 'Whoever reaches the dashboard may set budgets and upstreams: see docs/security.md.',
    found: ({ settings: { TOKENWATCH_HOST: host } }) => (LOOPBACK.test(host) ? null : `listens on ${host}`),
  },
  {
    subject: 'TOKENWATCH_BUDGET_ENABLED',
    advice: 'Nothing is limited and no kill switch works: set it to true.',
    found: ({ settings }) => (settings.TOKENWATCH_BUDGET_ENABLED ? null : 'is false'),
  },
  {
    subject: 'settings',
    advice: 'Nobody reads it: "tokenwatch start --help" lists all names.',
    found: ({ environment, settings }) => {
      const unknown = Object.keys(environment).filter(
        (name) =>
          name.startsWith('TOKENWATCH_') && !(name in settings) && !name.startsWith('TOKENWATCH_FUZZ'),
      );
      return unknown.length === 0 ? null : unknown.join(', ');
    },
  },
];

export const mistakes: CheckUp = {
  name: 'Common mistakes',
  isNeeded: () => true,
  run: async (patient) => {
    const found = MISTAKES.flatMap(({ subject, advice, found: look }): Finding[] => {
      const made = look(patient);
      return made === null ? [] : [{ subject, verdict: 'warning', found: made, advice }];
    });
    const none: Finding = {
      subject: `${MISTAKES.length} of them`,
      verdict: 'ok',
      found: 'none was made',
      advice: null,
    };
    return found.length === 0 ? [none] : found;
  },
};

function ownUrls({ ANTHROPIC_BASE_URL, OPENAI_BASE_URL }: Patient['environment']): string[] {
  return [ANTHROPIC_BASE_URL, OPENAI_BASE_URL].filter((url) => url !== undefined);
}
