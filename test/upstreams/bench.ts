// An app with two simulated providers: the one of the settings, which is well, and one for upstreams that a test sets.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { RequestRecord } from '../../src/core/record.ts';
import type { UpstreamRow } from '../../src/dashboard/contract.ts';
import type { SettingName } from '../../src/settings.ts';
import { type SimulatedProvider, startSimulatedProvider } from '../../src/simulator/provider.ts';
import { startTestApp, type TestApp } from '../start-test-app.ts';

export interface Asked {
  readonly response: Response;
  readonly text: string;
  readonly session: string;
  record(): Promise<RequestRecord>;
}

export interface Bench {
  readonly app: TestApp;
  /** Where TOKENWATCH_*_URL point. */
  readonly standard: SimulatedProvider;
  readonly other: SimulatedProvider;
  add(name: string, parts?: Readonly<Record<string, unknown>>): Promise<void>;
  remove(...names: string[]): Promise<void>;
  /** Sends every chat to this upstream, and to no other, while `work` runs. */
  pinned(upstream: string, work: () => Promise<void>): Promise<void>;
  readonly warnings: readonly string[];
  rows(): Promise<readonly UpstreamRow[]>;
  chat(parts?: { body?: unknown; headers?: Record<string, string>; signal?: AbortSignal }): Promise<Asked>;
  close(): Promise<void>;
}

export const CHAT = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };

export async function startBench(
  settings: Partial<Record<SettingName, string>> = {},
  environment: Readonly<Record<string, string>> = {},
  clock: Clock = systemClock,
): Promise<Bench> {
  const other = await startSimulatedProvider({ recording: true });
  const warnings: string[] = [];
  const app = await startTestApp({
    settings,
    environment,
    clock,
    warn: (message) => warnings.push(message),
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(app.dashboardUrl + path, {
      method,
      headers: app.adminHeaders,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer;
  };
  return {
    app,
    standard: app.provider,
    other,
    add: async (name, parts) => {
      await call('POST', '/api/upstreams', { name, api: 'openai', url: other.url, ...parts });
    },
    remove: async (...names) => {
      for (const name of names) await call('DELETE', `/api/upstreams/${name}`);
    },
    pinned: async (upstream, work) => {
      const conditions = [{ type: 'model', value: '*' }];
      await call('POST', '/api/routes', { name: 'pin', conditions, target: CHAT.model, upstream });
      await work().finally(() => call('DELETE', '/api/routes/pin'));
    },
    warnings,
    rows: async () => ((await call('GET', '/api/upstreams')) as { upstreams: UpstreamRow[] }).upstreams,
    chat: async ({ body = CHAT, headers = {}, signal } = {}) => {
      const session = randomUUID();
      const response = await fetch(`${app.proxyUrl}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-tokenwatch-session': session, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal !== undefined && { signal }),
      });
      return { response, text: await response.text(), session, record: () => app.recordOf(session) };
    },
    close: async () => {
      await app.close();
      await other.close();
    },
  };
}
