// What the main thread and the worker of OpenTelemetry say to each other.

import type { BudgetLevel } from './instruments.ts';
import type { TracedRequest } from './traced-request.ts';

export type OtelCall =
  | { readonly type: 'requests'; readonly requests: readonly TracedRequest[] }
  | { readonly type: 'budgets'; readonly levels: readonly BudgetLevel[] }
  | { readonly type: 'close' };

export type OtelReply =
  | { readonly type: 'ready' }
  | { readonly type: 'taken'; readonly requests: number }
  | {
      readonly type: 'dropped';
      readonly what: 'spans' | 'events';
      readonly count: number;
      readonly reason: string;
    }
  /** Beside them; `words` stand for themselves. */
  | { readonly type: 'trouble'; readonly kind: 'metrics' | 'collector'; readonly words: string };
