// What the dashboard's thread and the traffic's loop say to each other.

import type { DoorOptions, DoorWishes } from '../access/login/door.ts';
import type { Visitor } from '../access/login/role.ts';
import type { EndedSums } from '../core/ended-sums.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { TlsPair } from '../core/tls-pair.ts';
import type { EgressProxies } from '../upstream/egress.ts';
import type { ReplayRun } from './contract.ts';
import type { HandledName } from './paths.ts';
import type { DashboardWishes } from './server.ts';

export interface ThreadSettings extends DashboardWishes {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsPair | null;
  readonly version: string;
  /** Where the built page lies. */
  readonly pageFolder: string;
  /** Who may come in. */
  readonly access: Omit<DoorOptions, 'clock' | 'record' | 'fetch'>;
  /** The way out to an identity provider; null: straight. */
  readonly proxies: EgressProxies | null;
}

/** What may change while it runs. */
export type ThreadWishes = DashboardWishes & { readonly door: DoorWishes };

export interface ThreadError {
  /** Null for what TokenWatch did not raise. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type ToThread =
  /** Lines of the journal, as they were written, and what has ended with them. */
  | { readonly type: 'lines'; readonly lines: string; readonly ended: EndedSums }
  /** Records of others on the same database, each as JSON in a line. */
  | { readonly type: 'others'; readonly lines: string }
  /**
   * Whatever happened so far is in what this question will be answered with, and was handed on. By its answer, all
   * that it may know of was.
   */
  | { readonly type: 'reading'; readonly id: number }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refusal'; readonly id: number; readonly error: ThreadError }
  /** How far a replay is. */
  | { readonly type: 'replay'; readonly run: ReplayRun }
  /** Every line from now on comes. */
  | { readonly type: 'following' }
  /** Answered by `retuned`. */
  | { readonly type: 'retune'; readonly wishes: ThreadWishes }
  | { readonly type: 'certificate'; readonly pair: TlsPair }
  | { readonly type: 'close' };

export type FromThread =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'failed'; readonly error: ThreadError }
  | { readonly type: 'warning'; readonly message: string }
  /** `fault` says what could not be taken. */
  | { readonly type: 'retuned'; readonly fault: string | null }
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
