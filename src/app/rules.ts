// Rules: what the user set, in step with the store, and the place where it is changed.

import type { OwnPlace } from '../core/own-place.ts';
import type { RuleEntry } from '../core/rule-book.ts';
import { experimentHandlers } from '../dashboard/experiment-handlers.ts';
import { routingHandlers } from '../dashboard/routing-handlers.ts';
import { ruleHandlers } from '../dashboard/rule-handlers.ts';
import { RuleEditor } from '../policy/rule-editor.ts';
import { RuleWatch } from '../policy/rule-watch.ts';
import { keptCopy } from '../record/kept-copy.ts';
import { ownPlace } from '../upstream/own-place.ts';
import type { Ground } from './ground.ts';
import { catchUp, type Records } from './records.ts';

export interface Rules {
  readonly watch: RuleWatch;
  readonly editor: RuleEditor;
}

/** `proxyUrl` is known once the proxy listens. */
export async function startRules(
  { settings, clock, warn, opened }: Ground,
  { store }: Records,
  proxyUrl: () => string,
): Promise<Rules> {
  const copy = keptCopy<readonly RuleEntry[]>(settings.TOKENWATCH_DATA_DIR, 'rules.copy', warn);
  const watch = new RuleWatch({ book: store.rules, warn, copy });
  await watch.start();
  opened.defer(() => watch.close());
  const here = (): OwnPlace =>
    ownPlace(settings.TOKENWATCH_HOST, [
      Number(new URL(proxyUrl()).port),
      settings.TOKENWATCH_DASHBOARD_PORT,
    ]);
  return { watch, editor: new RuleEditor({ book: store.rules, clock, ownPlace: here }) };
}

export function rulesApi({ clock }: Ground, records: Records, { editor, watch }: Rules) {
  const { analytics, feedback } = records.store;
  const reports = { editor, analytics, feedback, clock, catchUp: () => catchUp(records) };
  return {
    ...ruleHandlers({ editor, changed: () => watch.refresh() }),
    ...routingHandlers(reports),
    ...experimentHandlers(reports),
  };
}
