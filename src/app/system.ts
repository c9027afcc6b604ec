// What the server runs on, for those who run it.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, HandlersOf } from '../dashboard/handlers/handlers.ts';
import { listSpools, spoolFolder } from '../record/spool.ts';
import { storeKind } from '../storage/registry.ts';
import type { SignalConfig } from '../telemetry/otel/signal-config.ts';
import type { Ground } from './ground.ts';
import type { Otel } from './otel.ts';
import type { Records } from './records.ts';

type System = Answer<'system'>;

export function systemApi({ settings }: Ground, records: Records, otel: Otel | null): HandlersOf<'system'> {
  return {
    system: async () => {
      const { rss, heapUsed } = process.memoryUsage();
      return {
        process: {
          pid: process.pid,
          node: process.version,
          uptimeMs: process.uptime() * 1000,
          residentBytes: rss,
          heapBytes: heapUsed,
        },
        store: { kind: storeKind(settings), ...(await storeFacts(records)) },
        spool: spoolFacts(settings.TOKENWATCH_DATA_DIR, records),
        telemetry: {
          metricsPath: '/metrics',
          log: { format: settings.TOKENWATCH_LOG_FORMAT, requests: settings.TOKENWATCH_LOG_REQUESTS },
          otel: otel === null ? null : otelFacts(otel),
        },
      };
    },
  };
}

/** A store that is away is told of, and nothing of what it holds. */
async function storeFacts({ store }: Records): Promise<Omit<System['store'], 'kind'>> {
  try {
    const { oldestStartedAtMs: oldestMs, promptSearch, ...facts } = await store.facts();
    return { ...facts, oldestMs, promptSearch: promptSearch.about, fault: null };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { path: '', bytes: 0, records: 0, oldestMs: null, rowsFromMs: 0, promptSearch: null, fault };
  }
}

function spoolFacts(dataDir: string, { journal }: Records): System['spool'] {
  const { waitingLines, droppedLines, lastError } = journal.status();
  const sizes = listSpools(dataDir).map(({ name }) => sizeOf(join(spoolFolder(dataDir), name)));
  return {
    files: sizes.length,
    bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    waitingLines,
    droppedLines,
    lastError,
  };
}

/** 0 for one that was taken in meanwhile. */
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function otelFacts({ config, link }: Otel): NonNullable<System['telemetry']['otel']> {
  const signal = (one: SignalConfig | null) =>
    one === null ? null : { url: withoutSecrets(one.url), protocol: one.protocol };
  return {
    traces: signal(config.traces),
    metrics: signal(config.metrics),
    capturesContent: config.content.onSpans || config.content.inEvents,
    ...link.state,
    droppedRequests: link.dropped.requests,
    droppedSpans: link.dropped.spans + link.dropped.events,
  };
}

function withoutSecrets(text: string): string {
  const url = URL.parse(text);
  return url === null ? '' : url.origin + url.pathname;
}
