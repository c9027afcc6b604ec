// The demo from start to end: a simulated provider, the whole app in front of it, traffic, and what to try next.
// The app arrives as an argument: this room may not import the one that composes it.

import { once } from 'node:events';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import type { Settings } from '../../settings.ts';
import { startSimulatedProvider } from '../provider.ts';
import { DemoDisplay, type DemoOutput } from './display.ts';
import { demoFolder, prepareDemoFolder, releaseDemoFolder } from './folder.ts';
import { sendTraffic, type TrafficProgress } from './traffic.ts';

export interface RunningApp {
  readonly proxyUrl: string;
  readonly dashboardUrl: string;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** The user's settings: ports and host are kept, upstreams and data folder are the demo's own. */
  readonly settings: Settings;
  readonly startApp: (settings: Settings) => Promise<RunningApp>;
  /** Fills the data folder with a past before the app starts; says what it did. Null: there is none. */
  readonly fillHistory: ((settings: Settings) => Promise<string>) | null;
  readonly requests: number;
  readonly ratePerSecond: number;
  /** Stops after the run; otherwise the app stays up until `signal`. */
  readonly exit: boolean;
  /** Adds to the records of earlier demos. */
  readonly keep: boolean;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly output: DemoOutput;
  readonly clock: Clock;
  readonly latency?: 'none' | 'realistic';
}

/** About 25 seconds at the standard rate. */
export const DEMO_REQUESTS = 160;
export const DEMO_RATE_PER_SECOND = 7;
const ERROR_RATE = 0.03;

export async function runDemo(options: DemoOptions): Promise<TrafficProgress> {
  const folder = demoFolder(options.settings.TOKENWATCH_DATA_DIR);
  prepareDemoFolder(folder, options.keep);
  await using resources = new AsyncDisposableStack();
  resources.defer(() => releaseDemoFolder(folder));
  const latency = options.latency ?? 'realistic';
  // Beside the records of earlier demos, answers need ids of their own: an id that is known is not charged again.
  const seed = options.keep ? { seed: options.clock.now() } : {};
  const provider = await startSimulatedProvider({ latency, errorRate: ERROR_RATE, ...seed });
  resources.defer(() => provider.close());
  const settings = {
    ...options.settings,
    TOKENWATCH_ANTHROPIC_URL: new URL(provider.url),
    TOKENWATCH_OPENAI_URL: new URL(provider.url),
    TOKENWATCH_DATA_DIR: folder,
    // Its own requests need no certificate.
    TOKENWATCH_TLS_CERT: '',
    TOKENWATCH_TLS_KEY: '',
    TOKENWATCH_DASHBOARD_TLS_CERT: '',
    TOKENWATCH_DASHBOARD_TLS_KEY: '',
  };
  if (options.fillHistory !== null) options.output.write(`${await options.fillHistory(settings)}\n`);
  const app = await options.startApp(settings);
  resources.defer(() => app.close());
  return await play(options, app, folder);
}

async function play(options: DemoOptions, app: RunningApp, folder: string): Promise<TrafficProgress> {
  const { requests, ratePerSecond, signal } = options;
  const { proxyUrl } = app;
  const display = new DemoDisplay(options.output, requests);
  introduce(display, app, folder, requests);
  const onProgress = (progress: TrafficProgress) => display.progress(progress);
  const end = await sendTraffic({ proxyUrl, requests, ratePerSecond, signal, onProgress });
  display.finish();
  conclude(display, end, app, folder, options.exit || signal.aborted);
  if (!options.exit && !signal.aborted) await once(signal, 'abort');
  return end;
}

function introduce(display: DemoDisplay, app: RunningApp, folder: string, requests: number): void {
  display.line('TokenWatch demo: a simulated provider, no key, no network.');
  display.line(`  proxy      ${app.proxyUrl}`);
  display.line(`  dashboard  ${app.dashboardUrl}`);
  display.line(`  data       ${folder} (the demo's own; your records are not touched)`);
  display.line();
  display.line(`Sending ${counted(requests, 'request')} from six applications ...`);
}

function conclude(
  display: DemoDisplay,
  end: TrafficProgress,
  app: RunningApp,
  folder: string,
  isOver: boolean,
): void {
  const aborted = `${end.aborted} given up by the client`;
  display.line(
    `${counted(end.sent, 'request')} sent: ${end.completed} completed, ${end.failed} failed, ${aborted}.`,
  );
  display.line();
  display.line('Look at the records:');
  display.line(`  export TOKENWATCH_DATA_DIR='${folder}'`);
  display.line('  tokenwatch stats --since 1h');
  display.line('  tokenwatch tail');
  if (isOver) return;
  display.line();
  display.line(`The dashboard is at ${app.dashboardUrl}.`);
  display.line('Send requests of your own:');
  display.line(`  curl ${app.proxyUrl}/anthropic/v1/messages -H 'content-type: application/json' \\`);
  display.line(
    `    -d '{"model":"claude-haiku-4-5","max_tokens":99,"messages":[{"role":"user","content":"Hi"}]}'`,
  );
  display.line('Ctrl-C stops the demo.');
}
