// The whole app in front of a simulated provider, on free ports and in a folder of its own.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readFolderToken } from '../src/access/login/folder-token.ts';
import type { ReloadReport } from '../src/app/reloads.ts';
import { startApp } from '../src/app.ts';
import type { Analytics } from '../src/core/analytics.ts';
import type { Clock } from '../src/core/clock.ts';
import type { RequestRecord } from '../src/core/record.ts';
import { readSettings, type SettingName } from '../src/settings.ts';
import {
  type SimulatedProvider,
  type SimulatedProviderOptions,
  startSimulatedProvider,
} from '../src/simulator/provider.ts';

export interface TestAppOptions {
  readonly settings?: Partial<Record<SettingName, string>>;
  readonly provider?: SimulatedProviderOptions;
  /** Fills the data folder before the app starts. */
  readonly prepare?: (dataDir: string) => Promise<void>;
  readonly warn?: (message: string) => void;
  /** Where upstreams' keys are read from. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Aborted when a stop must not wait. */
  readonly hurry?: AbortSignal;
  readonly clock?: Clock;
  /** A data folder that another app has left; by default a new one. */
  readonly dataDir?: string;
}

export interface TestApp {
  /** Recording; both upstreams of the proxy. */
  readonly provider: SimulatedProvider;
  readonly proxyUrl: string;
  readonly dataDir: string;
  readonly analytics: Analytics;
  readonly dashboardUrl: string;
  /** What the command line sends: may do everything. */
  readonly adminHeaders: Readonly<Record<string, string>>;
  /** The record of the one request that carried this session, as soon as it has ended. */
  recordOf(session: string): Promise<RequestRecord>;
  /** The same for a session of exactly `count` requests, newest first. */
  recordsOf(session: string, count: number): Promise<readonly RequestRecord[]>;
  /** Reloads, as if the environment had these settings now, beside those of the start. */
  reload(
    settings?: Partial<Record<SettingName, string>>,
    environment?: Readonly<Record<string, string>>,
  ): Promise<ReloadReport>;
  /** Stops the app alone: its data folder stays for a look. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const RECORD_WAIT_MS = 60_000;
const POLL_MS = 10;
const RECENT_LIMIT = 1000;

export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const provider = await startSimulatedProvider({ recording: true, ...options.provider });
  const folder = options.dataDir ?? mkdtempSync(join(tmpdir(), 'tokenwatch-test-'));
  const given = {
    TOKENWATCH_PROXY_PORT: '0',
    TOKENWATCH_DASHBOARD_PORT: '0',
    TOKENWATCH_ANTHROPIC_URL: provider.url,
    TOKENWATCH_OPENAI_URL: provider.url,
    TOKENWATCH_DATA_DIR: folder,
    // A model of its own in every test's app would take long and much memory.
    TOKENWATCH_CACHE_EMBEDDER: 'off',
    // What a test leaves behind is not waited for.
    TOKENWATCH_DRAIN_TIMEOUT: '1',
    ...options.settings,
  };
  const settings = readSettings(given);
  let [changes, environment]: [object, Readonly<Record<string, string>>] = [{}, options.environment ?? {}];
  const readAgain = () => ({ settings: readSettings({ ...given, ...changes }), environment });
  const warn = options.warn !== undefined ? { warn: options.warn } : {};
  const hurry = options.hurry !== undefined ? { hurry: options.hurry } : {};
  const clock = options.clock !== undefined ? { clock: options.clock } : {};
  const start = async () => {
    await options.prepare?.(folder);
    return await startApp({ settings, environment, readAgain, ...warn, ...hurry, ...clock });
  };
  const app = await start().catch(async (error: unknown) => {
    await provider.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    stopped ??= app.close();
    return stopped;
  };
  return {
    provider,
    proxyUrl: app.proxyUrl,
    dataDir: folder,
    analytics: app.analytics,
    dashboardUrl: app.dashboardUrl,
    adminHeaders: { authorization: `Bearer ${readFolderToken(folder)}` },
    recordOf: async (session) => (await recordsOf(app.analytics, session, 1))[0] as RequestRecord,
    recordsOf: (session, count) => recordsOf(app.analytics, session, count),
    reload: (fresh = {}, freshEnvironment = environment) => {
      [changes, environment] = [fresh, freshEnvironment];
      return app.reload();
    },
    stop,
    close: async () => {
      await stop();
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function recordsOf(
  analytics: Analytics,
  session: string,
  count: number,
): Promise<readonly RequestRecord[]> {
  const deadline = performance.now() + RECORD_WAIT_MS;
  while (performance.now() < deadline) {
    const recent = await analytics.recent({ limit: RECENT_LIMIT });
    const matching = recent.filter((record) => record.session === session);
    assert.ok(matching.length <= count, `session ${session} has ${matching.length} records`);
    if (matching.length === count && matching.every((record) => record.outcome !== 'in_flight'))
      return matching;
    await sleep(POLL_MS);
  }
  throw new assert.AssertionError({
    message: `no ${count} ended records of ${session} in ${RECORD_WAIT_MS} ms`,
  });
}
