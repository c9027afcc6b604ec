// A whole server in a process of its own, with a clock that is wrong by so many milliseconds: the first argument. Says
// where it listens, and ends as a user's does.

import { startApp } from '../../src/app.ts';
import { systemClock } from '../../src/core/clock.ts';
import { readSettings } from '../../src/settings.ts';

const wrongByMs = Number(process.argv[2] ?? 0);
const clock = { now: () => systemClock.now() + wrongByMs, monotonicMs: () => systemClock.monotonicMs() };
const hurry = new AbortController();
const app = await startApp({
  settings: readSettings(process.env),
  environment: {},
  clock,
  hurry: hurry.signal,
});
process.stdout.write(`${JSON.stringify({ proxyUrl: app.proxyUrl, dashboardUrl: app.dashboardUrl })}\n`);
process.once('SIGTERM', () => {
  hurry.abort();
  void app.close().then(() => process.exit(0));
});
