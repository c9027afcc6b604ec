// Rules: what the user set, in step with the store, and the place where it is changed.

import type { Resources } from '../dashboard/resource.ts';
import { ruleResources } from '../dashboard/rule-resources.ts';
import { RuleEditor } from '../policy/rule-editor.ts';
import { RuleWatch } from '../policy/rule-watch.ts';
import type { Ground } from './ground.ts';
import type { Records } from './records.ts';

export interface Rules {
  readonly watch: RuleWatch;
  readonly editor: RuleEditor;
}

export async function startRules({ clock, warn, opened }: Ground, { store }: Records): Promise<Rules> {
  const watch = new RuleWatch({ book: store.rules, warn });
  await watch.start();
  opened.defer(() => watch.close());
  return { watch, editor: new RuleEditor({ book: store.rules, clock }) };
}

export function rulesApi({ store }: Records, { editor, watch }: Rules): Resources {
  return ruleResources({ editor, analytics: store.analytics, changed: () => watch.refresh() });
}
