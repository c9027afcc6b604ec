// `tokenwatch demo`: the whole product against a simulated provider, without a key or a network.

import { startApp } from '../../app.ts';
import { systemClock } from '../../core/clock.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { DEMO_RATE_PER_SECOND, DEMO_REQUESTS, runDemo } from '../../simulator/demo.ts';
import type { Command } from '../command.ts';

export const demo: Command = {
  name: 'demo',
  summary: 'watch it work against a simulated provider; needs no key and no network',
  options: [
    { flags: '--requests <count>', about: 'how many requests to send', standard: String(DEMO_REQUESTS) },
    { flags: '--rate <perSecond>', about: 'requests a second', standard: String(DEMO_RATE_PER_SECOND) },
    { flags: '--exit', about: 'stop after the last request' },
    { flags: '--keep', about: 'keep the records of earlier demos' },
    { flags: '--port <port>', about: 'TOKENWATCH_PROXY_PORT' },
    { flags: '--dashboard-port <port>', about: 'TOKENWATCH_DASHBOARD_PORT' },
  ],
  examples: ['tokenwatch demo', 'tokenwatch demo --requests 50 --exit'],
  async run(context) {
    const requests = positive('--requests', context.options.requests);
    const ratePerSecond = positive('--rate', context.options.rate);
    await runDemo({
      settings: context.settings(),
      startApp: (settings) => startApp({ settings }),
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

function positive(flag: string, value: unknown): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  throw new TokenWatchError('invalid_argument', `${flag} "${String(value)}" is not a number above 0.`);
}
