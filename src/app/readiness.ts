// What says whether the server should be sent traffic: a check of each part that can say so.

import type { Check } from '../core/readiness.ts';
import { Readiness } from '../telemetry/readiness.ts';
import type { Ground } from './ground.ts';

export function openReadiness({ clock }: Ground, checks: readonly Check[]): Readiness {
  return new Readiness({ clock, checks });
}
