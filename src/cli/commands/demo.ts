// `tokenwatch demo`: the whole product against a simulated provider, without a key or a network.

import { startApp } from '../../app.ts';
import { systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { Settings } from '../../settings.ts';
import { DEMO_RATE_PER_SECOND, DEMO_REQUESTS, runDemo } from '../../simulator/demo/demo.ts';
import type { Command } from '../command.ts';
import { fillHistory } from '../demo-history.ts';

const HISTORY_DAYS_MAX = 365;

export const demo: Command = {
  name: 'demo',
  summary: 'watch it work against a simulated provider; needs no key and no network',
  options: [
    { flags: '--requests <count>', about: 'how many requests to send', standard: String(DEMO_REQUESTS) },
    { flags: '--rate <perSecond>', about: 'requests a second', standard: String(DEMO_RATE_PER_SECOND) },
    { flags: '--history <days>', about: 'begin with records of the last days, such as 30d' },
    { flags: '--exit', about: 'stop after the last request' },
    { flags: '--keep', about: 'keep the records of earlier demos' },
    { flags: '--port <port>', about: 'TOKENWATCH_PROXY_PORT' },
    { flags: '--dashboard-port <port>', about: 'TOKENWATCH_DASHBOARD_PORT' },
  ],
  examples: ['tokenwatch demo', 'tokenwatch demo --history 30d', 'tokenwatch demo --requests 50 --exit'],
  async run(context) {
    const requests = positive('--requests', context.options.requests);
    const ratePerSecond = positive('--rate', context.options.rate);
    await runDemo({
      settings: context.settings(),
      startApp: (settings) => startApp({ settings }),
      fillHistory: historyFiller(context.options.history),
      requests,
      ratePerSecond,
      exit: context.options.exit === true,
      keep: context.options.keep === true,
      signal: context.signal,
      output: process.stdout,
      clock: systemClock,
    });
  },
};

/** Null where none was asked for. */
function historyFiller(text: unknown): ((settings: Settings) => Promise<string>) | null {
  if (text === undefined) return null;
  const days = Number(/^(\d{1,3})d?$/.exec(String(text))?.[1]);
  if (days >= 1 && days <= HISTORY_DAYS_MAX) return (settings) => fillHistory(settings, days);
  throw new TokenWatchError(
    'invalid_argument',
    `--history "${String(text)}" is not a number of days from 1d to ${HISTORY_DAYS_MAX}d.`,
  );
}

function positive(flag: string, value: unknown): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new TokenWatchError('invalid_argument', `${flag} "${String(value)}" is not a number above 0.`);
}
