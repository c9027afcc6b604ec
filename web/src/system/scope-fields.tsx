// Which requests something is for: an application, a model, a tag; empty for any. What has been seen is offered.

import type { StatsAnswer } from '../../../src/dashboard/contract.ts';
import { useAnswer } from '../data/use-answer.ts';
import { TextField } from '../parts/controls.tsx';

export interface ScopeDraft {
  readonly app: string;
  readonly model: string;
  readonly tag: string;
}

export const EMPTY_SCOPE: ScopeDraft = { app: '', model: '', tag: '' };

/** The parts that are set. */
export function scopeOf(scope: ScopeDraft): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value.trim() !== ''));
}

/** Names of the last month's traffic. */
export function useSeen(by: 'app' | 'model' | 'tag'): readonly string[] {
  const answer = useAnswer<StatsAnswer>(`/api/stats?range=30d&by=${by}&limit=50`);
  return answer.value?.rows.flatMap(({ key }) => key ?? []) ?? [];
}

export function ScopeFields(props: {
  readonly scope: ScopeDraft;
  readonly onChange: (scope: ScopeDraft) => void;
  readonly what: string;
}) {
  const { scope, onChange } = props;
  const [apps, models, tags] = [useSeen('app'), useSeen('model'), useSeen('tag')];
  return (
    <fieldset>
      <legend class="field-label">{props.what}</legend>
      <div class="field-row">
        <TextField
          label="Application"
          value={scope.app}
          onInput={(app) => onChange({ ...scope, app })}
          list={apps}
          placeholder="any"
        />
        <TextField
          label="Model"
          value={scope.model}
          onInput={(model) => onChange({ ...scope, model })}
          list={models}
          placeholder="any, or claude-*"
        />
        <TextField
          label="Tag"
          value={scope.tag}
          onInput={(tag) => onChange({ ...scope, tag })}
          list={tags}
          placeholder="any"
        />
      </div>
    </fieldset>
  );
}
