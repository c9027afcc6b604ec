// Rules: what the user set, in step with the store, and the place where it is changed.

import { WAITING_REVOCATIONS, WaitingRevocations } from '../access/keys/waiting-revocations.ts';
import type { OwnPlace } from '../core/own-place.ts';
import { KEPT_RULES, type RuleEntry } from '../core/rule-book.ts';
import { experimentHandlers } from '../dashboard/handlers/experiment-handlers.ts';
import { routingHandlers } from '../dashboard/handlers/routing-handlers.ts';
import { ruleHandlers } from '../dashboard/handlers/rule-handlers.ts';
import { RuleEditor } from '../policy/rule-editor.ts';
import { RuleWatch } from '../policy/rule-watch.ts';
import { keptCopy } from '../record/kept-copy.ts';
import { ownPlace } from '../upstream/own-place.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';

export interface Rules {
  readonly watch: RuleWatch;
  readonly editor: RuleEditor;
  readonly revocations: WaitingRevocations;
}

/** `proxyUrl` is known once the proxy listens. */
export async function startRules(
  { settings, clock, warn, opened }: Ground,
  { store }: Records,
  proxyUrl: () => string,
): Promise<Rules> {
  const copy = keptCopy(settings.TOKENWATCH_DATA_DIR, KEPT_RULES, warn);
  const revocations = new WaitingRevocations(
    keptCopy(settings.TOKENWATCH_DATA_DIR, WAITING_REVOCATIONS, warn, true),
  );
  const watch = new RuleWatch({ book: store.rules, warn, copy, waiting: revocations });
  await watch.start();
  opened.defer(() => watch.close());
  const here = (): OwnPlace =>
    ownPlace(settings.TOKENWATCH_HOST, [
      Number(new URL(proxyUrl()).port),
      settings.TOKENWATCH_DASHBOARD_PORT,
    ]);
  return { watch, editor: new RuleEditor({ book: store.rules, clock, ownPlace: here }), revocations };
}

export function rulesApi({ clock }: Ground, records: Records, { editor, watch }: Rules) {
  const { analytics, feedback } = records.store;
  const running = {
    entries: () => knownRules(watch),
    trouble: () => watch.trouble,
  };
  const reports = { editor, analytics, feedback, clock, catchUp: () => catchUp(records), running };
  return {
    ...ruleHandlers({ editor, changed: () => watch.refresh(), running }),
    ...routingHandlers(reports),
    ...experimentHandlers(reports),
  };
}

/** As the database has them, where it answers in time. */
export async function knownRules(watch: RuleWatch): Promise<readonly RuleEntry[]> {
  await watch.refreshInTime();
  return watch.entries;
}
