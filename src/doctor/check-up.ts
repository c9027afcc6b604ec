// A check-up: what one part of an installation is asked, and what it answered. One more is a file and a line in the registry.

import type { Finding } from '../core/finding.ts';
import type { StoreSettings } from '../storage/store.ts';

export interface Patient {
  readonly settings: StoreSettings;
  /** Epoch milliseconds. */
  readonly nowMs: () => number;
}

export interface CheckUp {
  readonly name: string;
  /** Whether the settings have such a part at all. */
  readonly isNeeded: (settings: StoreSettings) => boolean;
  /** Never throws for what it looks for: that is a finding. */
  readonly run: (patient: Patient) => Promise<readonly Finding[]>;
}

export interface CheckedUp {
  readonly name: string;
  readonly findings: readonly Finding[];
}
