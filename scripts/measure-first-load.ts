// `npm run measure:first-load`: how much the page's first load weighs, and how long it takes until it can be used, in
// headless Chromium, before a server with a record in it. The aims: 200 KB packed, and one second. Beside it stands what
// the same browser takes for a line of text: a busy machine slows both.

import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright-core';
import { launchBrowser, send } from '../test/dashboard/open-page.ts';
import { startTestApp } from '../test/start-test-app.ts';

const ROUNDS = 7;
const BYTES_MAX = 200 * 1024;
const MS_MAX = 1000;
/** The totals, a chart, the request table and the socket: what there is to look at and to click. */
const USABLE = ['.tile .value', '[data-testid=charts] canvas', '.grid-row', '.connection.live'];

const app = await startTestApp();
const browser = await launchBrowser();
try {
  await send(app, 'measured');
  const [times, lines]: [number[], number[]] = [[], []];
  let files: readonly (readonly [string, number, number])[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    // A context of its own knows nothing of the rounds before.
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    const bodies: Promise<readonly [string, number, number]>[] = [];
    const take = (response: Response): void => {
      const { pathname } = new URL(response.url());
      const weigh = async () => {
        const body = await response.body();
        const isPacked = /\.(?:woff2|png)$/.test(pathname);
        return [pathname, body.length, isPacked ? body.length : gzipSync(body).length] as const;
      };
      if (!pathname.startsWith('/api/')) bodies.push(weigh());
    };
    page.on('response', take);
    const begin = performance.now();
    await page.goto(app.dashboardUrl, { waitUntil: 'commit' });
    await Promise.all(USABLE.map((selector) => page.locator(selector).first().waitFor()));
    times.push(performance.now() - begin);
    files = [...new Map((await Promise.all(bodies)).map((file) => [file[0], file])).values()];
    page.off('response', take);
    const again = performance.now();
    await page.goto(`${app.dashboardUrl}/health`);
    lines.push(performance.now() - again);
    await context.close();
  }
  const whole = files.reduce((sum, [, , packed]) => sum + packed, 0);
  const median = medianOf(times);
  for (const [path, bytes, packed] of files) console.log(`${path}: ${kb(bytes)}, ${kb(packed)} packed`);
  console.log(`first load: ${kb(whole)} packed (the aim: at most ${kb(BYTES_MAX)})`);
  console.log(
    `usable after ${median.toFixed(0)} ms at the median of ${ROUNDS}, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)} (the aim: at most ${MS_MAX} ms); a line of text after ${medianOf(lines).toFixed(0)} ms`,
  );
  console.log(
    `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}, ${version()}`,
  );
  if (whole > BYTES_MAX) process.exitCode = 1;
} finally {
  await browser.close();
  await app.close();
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

function kb(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`;
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return `TokenWatch ${own}, Node ${process.version}`;
}
