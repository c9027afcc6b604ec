// The log: where warnings go, and a line for each request where that is wanted.

import { counted } from '../core/counted.ts';
import { printable } from '../core/shown-text.ts';
import type { Settings } from '../settings.ts';
import { LineWriter } from '../telemetry/line-writer.ts';
import {
  jsonLine,
  type LogEvent,
  type LogFields,
  prettyRequestLine,
  requestEvent,
} from '../telemetry/log.ts';
import type { Records } from './records.ts';
import type { Reloads } from './reloads.ts';

export interface AppLog {
  readonly warn: (message: string) => void;
  /** Something that happens once; for people, the command line says it. */
  tell(event: string, fields: LogFields): void;
  watch(records: Records): void;
}

const STDOUT = 1;

export function openLog(reloads: Reloads, opened: AsyncDisposableStack): AppLog {
  let { isJson, logsRequests, headers } = wishesOf(reloads.settings);
  reloads.add(['TOKENWATCH_LOG_FORMAT', 'TOKENWATCH_LOG_REQUESTS', 'TOKENWATCH_LOG_HEADERS'], (fresh) => {
    ({ isJson, logsRequests, headers } = wishesOf(fresh));
  });
  const dropped = (lines: number): string =>
    isJson
      ? jsonLine(eventOf('warn', 'dropped', { lines }))
      : `(${counted(lines, 'line was', 'lines were')} not written)`;
  const writer = new LineWriter({ fileDescriptor: STDOUT, droppedLine: dropped });
  opened.defer(() => writer.close());
  return {
    warn: (message) => {
      if (isJson) writer.write(jsonLine(eventOf('warn', 'warning', { message })));
      else process.stderr.write(`tokenwatch: ${printable(message)}\n`);
    },
    tell: (event, fields) => {
      if (isJson) writer.write(jsonLine(eventOf('info', event, fields)));
    },
    watch: (records) => {
      records.watch({
        settled: (start, end, sight) => {
          if (!logsRequests) return;
          const event = requestEvent(start, end, sight.headers, headers);
          writer.write(isJson ? jsonLine(event) : prettyRequestLine(event));
        },
      });
    },
  };
}

function wishesOf(settings: Settings) {
  const isJson = settings.TOKENWATCH_LOG_FORMAT === 'json';
  const wish = settings.TOKENWATCH_LOG_REQUESTS;
  const logsRequests = wish === 'on' || (wish === 'auto' && isJson);
  return { isJson, logsRequests, headers: settings.TOKENWATCH_LOG_HEADERS };
}

function eventOf(level: LogEvent['level'], event: string, fields: LogFields): LogEvent {
  return { atMs: Date.now(), level, event, fields };
}
