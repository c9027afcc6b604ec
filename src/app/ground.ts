// What every part of the app stands on. A part is a file here: its `start…` takes the ground and the parts that it
// needs, returns what others need of it, and registers how it ends; app.ts names it in one line.

import type { Clock } from '../core/clock.ts';
import type { Settings } from '../settings.ts';
import type { Reloads } from './reloads.ts';

export interface Ground {
  /** What is in force: some of them change while the server runs. */
  readonly settings: Settings;
  readonly clock: Clock;
  /** Takes settings and files anew: a part says what of its own can be. */
  readonly reloads: Reloads;
  /** Where upstreams' keys are read from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when a stop must not wait for requests in flight any longer. */
  readonly hurry: AbortSignal;
  /** Tells the operator. */
  readonly warn: (message: string) => void;
  /** What was started last ends first; all of it, should a later part fail to start. */
  readonly opened: AsyncDisposableStack;
}
