// Routing rules in the order in which they are tried, each with how often it decided; and what would become of a
// request, by the proxy's own planner.

import { useState } from 'preact/hooks';
import type { RouteRow, StatsAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { count } from '../format.ts';
import { Button, Pill, Switch } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { useEdit } from '../parts/edit.ts';
import { Card, Fault, Nothing, Skeleton } from '../parts/states.tsx';
import { ExplainCard } from './explain-card.tsx';
import { RouteDialog } from './route-dialog.tsx';
import type { SectionProps } from './sections.ts';

const SKELETON_HEIGHT = 220;
const PRIORITY_STEP = 10;

export function Routes({ address, go }: SectionProps) {
  const { tick } = useLive();
  const routes = useAnswer<{ routes: readonly RouteRow[] }>('/api/routes');
  const hits = useAnswer<StatsAnswer>('/api/stats?range=30d&by=rule&limit=200', { tick });
  const edit = useEdit(routes.reload);
  const [dragged, setDragged] = useState<string | null>(null);
  const [removed, setRemoved] = useState<string | null>(null);
  const rows = routes.value === null ? null : inOrder(routes.value.routes);
  const hitsOf = (name: string): number => hits.value?.rows.find(({ key }) => key === name)?.requests ?? 0;

  /** Puts a rule at another place: those whose priority changes are told so, in one go. */
  const move = async (name: string, to: number): Promise<void> => {
    if (rows === null || to < 0 || to >= rows.length) return;
    const others = rows.filter((row) => row.name !== name);
    const row = rows.find((each) => each.name === name);
    if (row === undefined) return;
    const ordered = [...others.slice(0, to), row, ...others.slice(to)];
    for (const [index, { name: each, priority }] of ordered.entries()) {
      const wanted = (index + 1) * PRIORITY_STEP;
      if (priority === wanted) continue;
      const isDone = await edit.send(pathOf(each), { method: 'POST', body: { priority: wanted } });
      if (!isDone) return;
    }
  };

  return (
    <>
      <Card
        title="Routing rules"
        testId="routes"
        tools={
          <Button kind="lead" onClick={() => go({ rest: { new: 'route' } }, 'replace')}>
            Add a rule
          </Button>
        }
      >
        {edit.fault !== null && (
          <p class="fault" role="alert">
            {edit.fault}
          </p>
        )}
        {routes.fault !== null && (
          <Fault what="The rules cannot be loaded" fault={routes.fault} onRetry={routes.reload} />
        )}
        {rows === null && routes.fault === null && <Skeleton height={SKELETON_HEIGHT} />}
        {rows?.length === 0 && (
          <Nothing title="No routing rule">
            <p>A rule sends matching requests to another model. The first that matches decides.</p>
            <pre>
              <code>{`tokenwatch route add small --condition token_count --value '<500' --target claude-haiku-4-5`}</code>
            </pre>
          </Nothing>
        )}
        <ol class="rules">
          {rows?.map((route, index) => (
            <li
              key={route.name}
              class={dragged === route.name ? 'dragged' : ''}
              draggable
              onDragStart={(event) => {
                setDragged(route.name);
                event.dataTransfer?.setData('text/plain', route.name);
              }}
              onDragEnd={() => setDragged(null)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault();
                if (dragged !== null && dragged !== route.name) void move(dragged, index);
                setDragged(null);
              }}
            >
              <span class="grip">
                <Button
                  kind="quiet"
                  aria-label={`Try ${route.name} earlier`}
                  disabled={index === 0 || edit.isBusy}
                  onClick={() => void move(route.name, index - 1)}
                >
                  ↑
                </Button>
                <Button
                  kind="quiet"
                  aria-label={`Try ${route.name} later`}
                  disabled={index === rows.length - 1 || edit.isBusy}
                  onClick={() => void move(route.name, index + 1)}
                >
                  ↓
                </Button>
              </span>
              <div class="rule-words">
                <h3>{route.name}</h3>
                <p>
                  {conditionWords(route)} → <b>{route.target}</b>
                  {route.upstream != null && ` at ${route.upstream}`}
                  {route.targetApi != null && ` (${route.targetApi} API)`}
                </p>
              </div>
              <span class="rule-hits" title="In the last 30 days">
                <b>{count(hitsOf(route.name))}</b> decided
              </span>
              <Switch
                label={`${route.name} is in force`}
                isOn={route.enabled}
                onChange={(enabled) => edit.send(pathOf(route.name), { method: 'POST', body: { enabled } })}
              />
              <Button kind="quiet" onClick={() => setRemoved(route.name)}>
                Remove
              </Button>
            </li>
          ))}
        </ol>
        {rows !== null && rows.length > 1 && (
          <p class="hint">
            Drag a rule, or use its arrows, to change when it is tried. The first that matches decides.
          </p>
        )}
      </Card>
      <ExplainCard
        key={address.rest.try ?? ''}
        model={address.rest.try ?? ''}
        api={address.rest.api === 'anthropic' ? 'anthropic' : 'openai'}
        app={address.rest.app ?? ''}
      />
      {address.rest.new === 'route' && (
        <RouteDialog onClose={() => go({ rest: { new: null } }, 'replace')} onDone={routes.reload} />
      )}
      {removed !== null && (
        <ConfirmDialog
          title={`Remove ${removed}?`}
          words="Requests that it decided about go where they were meant to go, or where the next rule sends them."
          action="Remove"
          onConfirm={async () => {
            await ask(pathOf(removed), { method: 'DELETE' });
            routes.reload();
          }}
          onClose={() => setRemoved(null)}
        />
      )}
    </>
  );
}

const pathOf = (name: string): string => `/api/routes/${encodeURIComponent(name)}`;

const inOrder = (routes: readonly RouteRow[]): readonly RouteRow[] =>
  routes.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));

function conditionWords({ conditions, match, api }: RouteRow) {
  const words = conditions.map(({ type, value }, index) => (
    <span key={`${type} ${value}`}>
      {index > 0 && <span class="quiet-line">{match === 'all' ? ' and ' : ' or '}</span>}
      <Pill tone="accent">
        {type} {value}
      </Pill>
    </span>
  ));
  return (
    <>
      {api !== null && <Pill tone="quiet">{api} requests </Pill>}
      {words}
    </>
  );
}
