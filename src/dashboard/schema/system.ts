// What the server runs on: its process, its store, the spool before it, and where it tells of its work.

import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, figure, flag, moment, nanoUsd, rowsFrom, text } from './values.ts';

const signal = z.strictObject({ url: text, protocol: text });

const settingChange = z.strictObject({
  name: text,
  before: z.unknown(),
  after: z.unknown().describe('as it is read; secrets are left out'),
});

export const systemEndpoints = {
  reload: endpoint(
    'Takes what has changed of settings (the environment’s .env file), prices, upstreams’ keys and certificates.',
    {},
    z.strictObject({
      changes: z.array(settingChange).describe('settings whose new value is in force'),
      waiting: z.array(text).describe('settings that were changed, and hold from the next start on'),
      faults: z.array(text).describe('what could not be taken: all of it stays as it was'),
      taken: z.enum(['all', 'part', 'none']).describe('none: the settings could not be read'),
    }),
  ),
  system: endpoint(
    'What the server runs on: its process, its store, the spool before it, and telemetry.',
    {},
    z.strictObject({
      process: z.strictObject({
        pid: count,
        node: text,
        uptimeMs: figure,
        residentBytes: count,
        heapBytes: count,
      }),
      store: z.strictObject({
        kind: z.enum(['sqlite', 'postgresql', 'oracle']),
        path: text.describe('without a password'),
        bytes: count,
        records: count,
        oldestMs: moment.nullable(),
        rowsFromMs: rowsFrom,
        promptSearch: text.nullable().describe('where the cache compares similar prompts'),
        fault: text.nullable().describe('why it takes nothing; null: it does'),
      }),
      spool: z.strictObject({
        files: count,
        bytes: count,
        waitingLines: count.describe('in memory'),
        droppedLines: count,
        lastError: text.nullable(),
      }),
      telemetry: z.strictObject({
        metricsPath: text.describe('for Prometheus, on this port'),
        log: z.strictObject({ format: text, requests: text }),
        otel: z
          .strictObject({
            traces: signal.nullable(),
            metrics: signal.nullable(),
            capturesContent: flag,
            isRunning: flag,
            sentRequests: count.describe('handed to what exports them'),
            droppedRequests: count,
            droppedSpans: count.describe('and events'),
            lastFault: z.strictObject({ atMs: moment, reason: text }).nullable(),
          })
          .nullable()
          .describe('null where it is off'),
      }),
    }),
  ),
  instances: endpoint(
    'The proxies that share the database, and what each has leased of the hard budgets.',
    {},
    z.strictObject({
      self: text.describe('the id of the one that answers'),
      isShared: flag.describe('whether others can use the store'),
      fault: text.nullable().describe('why only the one that answers is told'),
      instances: z.array(
        z.strictObject({
          id: text.describe('of its data folder'),
          host: text,
          version: text,
          startedAtMs: moment,
          seenAtMs: moment.describe('by the database’s clock'),
          state: z
            .enum(['running', 'silent', 'stopped'])
            .describe('silent: not heard of for ten seconds; what it has leased counts as spent'),
          outstandingNanoUsd: nanoUsd.describe('leased and not spent'),
          leases: z.array(
            z.strictObject({
              budget: text,
              periodStartMs: moment,
              grantedNanoUsd: nanoUsd,
              spentNanoUsd: nanoUsd,
              reservedNanoUsd: nanoUsd,
            }),
          ),
        }),
      ),
    }),
  ),
};
