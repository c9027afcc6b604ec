// The log: where warnings go, and a line for each request where that is wanted.

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

export interface AppLog {
  readonly warn: (message: string) => void;
  /** Something that happens once; for people, the command line says it. */
  tell(event: string, fields: LogFields): void;
  watch(records: Records): void;
}

const STDOUT = 1;

export function openLog(settings: Settings, opened: AsyncDisposableStack): AppLog {
  const isJson = settings.TOKENWATCH_LOG_FORMAT === 'json';
  const wish = settings.TOKENWATCH_LOG_REQUESTS;
  const logsRequests = wish === 'on' || (wish === 'auto' && isJson);
  const lineOf = isJson ? jsonLine : prettyRequestLine;
  const dropped = (lines: number): string =>
    isJson ? jsonLine(eventOf('warn', 'dropped', { lines })) : `(${lines} lines were not written)`;
  const writer = new LineWriter({ fileDescriptor: STDOUT, droppedLine: dropped });
  opened.defer(() => writer.close());
  return {
    warn: (message) => {
      if (isJson) writer.write(jsonLine(eventOf('warn', 'warning', { message })));
      else process.stderr.write(`tokenwatch: ${message}\n`);
    },
    tell: (event, fields) => {
      if (isJson) writer.write(jsonLine(eventOf('info', event, fields)));
    },
    watch: (records) => {
      if (!logsRequests) return;
      const headers = settings.TOKENWATCH_LOG_HEADERS;
      records.watch({
        settled: (start, end, sight) =>
          writer.write(lineOf(requestEvent(start, end, sight.headers, headers))),
      });
    },
  };
}

function eventOf(level: LogEvent['level'], event: string, fields: LogFields): LogEvent {
  return { atMs: Date.now(), level, event, fields };
}
