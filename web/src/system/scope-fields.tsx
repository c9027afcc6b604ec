// Which requests something is for: an application, a model, a tag; empty for any. What has been seen is offered.

import { useSeen } from '../data/use-seen.ts';
import { TextField } from '../parts/controls.tsx';

export interface ScopeDraft {
  readonly app: string;
  readonly model: string;
  readonly tag: string;
}

/** Also whose requests they are. */
export interface WhoseDraft extends ScopeDraft {
  readonly user: string;
  readonly session: string;
  readonly key: string;
}

export const EMPTY_SCOPE: ScopeDraft = { app: '', model: '', tag: '' };
export const ANYBODYS: WhoseDraft = { ...EMPTY_SCOPE, user: '', session: '', key: '' };

/** The parts that are set. */
export function scopeOf(scope: ScopeDraft): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(scope).filter(([, value]) => value.trim() !== ''));
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

/** Beside the scope: whose requests. */
export function WhoseFields(props: {
  readonly scope: WhoseDraft;
  readonly onChange: (scope: WhoseDraft) => void;
}) {
  const { scope, onChange } = props;
  const sessions = useSeen('session');
  return (
    <div class="field-row">
      <TextField
        label="User"
        value={scope.user}
        onInput={(user) => onChange({ ...scope, user })}
        placeholder="any"
      />
      <TextField
        label="Session"
        value={scope.session}
        onInput={(session) => onChange({ ...scope, session })}
        list={sessions}
        placeholder="any"
      />
      <TextField
        label="Access key"
        value={scope.key}
        onInput={(key) => onChange({ ...scope, key })}
        placeholder="any"
      />
    </div>
  );
}
