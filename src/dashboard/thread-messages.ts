// What the dashboard's thread and the traffic's loop say to each other.

import type { DoorOptions } from '../access/door.ts';
import type { Visitor } from '../access/role.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { HandledName } from './paths.ts';

export interface ThreadSettings {
  readonly host: string;
  /** Further names by which it may be called. */
  readonly allowedHosts: readonly string[];
  readonly port: number;
  readonly version: string;
  /** Where the built page lies. */
  readonly pageFolder: string;
  /** The largest body that the API reads. */
  readonly bodyBytesMax: number;
  /** Who may come in. */
  readonly access: AccessSettings;
}

export interface AccessSettings extends Omit<DoorOptions, 'clock'> {
  readonly metricsToken: string | null;
}

export interface ThreadError {
  /** Null for what TokenWatch did not raise. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ToThread =
  /** Lines of the journal, as they were written. */
  | { readonly type: 'lines'; readonly lines: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: ThreadError }
  /** Every line from now on comes. */
  | { readonly type: 'following' }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly error: ThreadError }
  | { readonly type: 'warning'; readonly message: string }
  /** Whether it wants the journal's lines: only while pages listen. */
  | { readonly type: 'follow'; readonly isOn: boolean }
  | {
      readonly type: 'api';
      readonly id: number;
      readonly name: HandledName;
      readonly input: unknown;
      readonly visitor: Visitor;
    }
  | {
      readonly type: 'page';
      readonly id: number;
      readonly path: string;
      readonly accept: string | undefined;
    };
