// A check-up: what one part of an installation is asked, and what it answered. One more is a file and a line in the registry.

import type { ArchiveFacts } from '../app/start-refusals.ts';
import type { Finding } from '../core/finding.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import type { Upstream } from '../core/upstream.ts';
import type { Settings } from '../settings.ts';

export interface Patient {
  readonly settings: Settings;
  /** Of the one who asks, with the `.env` file and flags. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

/** What was set besides the settings. */
export interface StoredRules {
  /** Access keys. */
  readonly keys: readonly RuleEntry[];
  readonly upstreams: readonly Upstream[];
  readonly archive: ArchiveFacts | null;
}

export interface CheckUp {
  readonly name: string;
  /** Whether the settings have such a part at all. */
  readonly isNeeded: (settings: Settings) => boolean;
  /** `stored` is null where the store cannot be asked. Never throws for what it looks for: that is a finding. */
  readonly run: (patient: Patient, stored: StoredRules | null) => Promise<readonly Finding[]>;
}

export interface CheckedUp {
  readonly name: string;
  readonly findings: readonly Finding[];
}
