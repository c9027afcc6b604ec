// What a collector says of an export that it took: that it left a part out, or anything else. Exporters tell it in no
// other way than to the logger of OpenTelemetry's API.

import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';

export interface PartlyTaken {
  readonly what: 'spans' | 'events' | 'figures';
  /** None where all was taken, and the collector has something to say. */
  readonly count: number;
  readonly reason: string;
}

const WORDS = /^Received Partial Success/;
const REFUSED = {
  rejectedSpans: 'spans',
  rejectedLogRecords: 'events',
  rejectedDataPoints: 'figures',
} as const;

/** From now on, in this thread. */
export function onPartlyTaken(tell: (part: PartlyTaken) => void): void {
  const nothing = (): void => undefined;
  const warn = (message: string, ...details: readonly unknown[]): void => {
    const part = WORDS.test(message) ? partOf(String(details[0])) : null;
    if (part !== null) tell(part);
  };
  const logger: DiagLogger = { error: nothing, warn, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

function partOf(text: string): PartlyTaken | null {
  let told: Readonly<Record<string, unknown>>;
  try {
    told = JSON.parse(text);
  } catch {
    // Not as it is known: nothing can be said of it.
    return null;
  }
  const reason = typeof told.errorMessage === 'string' ? told.errorMessage : '';
  for (const [name, what] of Object.entries(REFUSED)) {
    const count = Number(told[name] ?? 0);
    if (count > 0) return { what, count, reason: reason || 'the collector refused them' };
  }
  return reason === '' ? null : { what: 'spans', count: 0, reason };
}
