// A check-up: what one part of an installation is asked, and what it answered. One more is a file and a line in the registry.

import type { Finding } from '../core/finding.ts';
import type { Settings } from '../settings.ts';

export interface Patient {
  readonly settings: Settings;
  /** Of the one who asks, with the `.env` file and flags. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

export interface CheckUp {
  readonly name: string;
  /** Whether the settings have such a part at all. */
  readonly isNeeded: (settings: Settings) => boolean;
  /** Never throws for what it looks for: that is a finding. */
  readonly run: (patient: Patient) => Promise<readonly Finding[]>;
}

export interface CheckedUp {
  readonly name: string;
  readonly findings: readonly Finding[];
}
