// Routing rules in the order in which they are tried, each with how often it decided; and what would become of a
// request, by the proxy's own planner.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Answer, RouteRow, StatsAnswer } from '../../../src/dashboard/contract.ts';
import { ask } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { useAnswer } from '../data/use-answer.ts';
import { useLive } from '../data/use-live.ts';
import { Button } from '../parts/controls.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { type Edit, useEdit } from '../parts/edit.ts';
import { useOpened } from '../parts/opened.ts';
import { Alert, Card, isFromMemory, Nothing, Outage, Pending } from '../parts/states.tsx';
import { ExplainCard } from './explain-card.tsx';
import { RouteDialog } from './route-dialog.tsx';
import { RouteItem } from './route-item.tsx';
import type { SectionProps } from './sections.ts';
import { pathOf, useMoves } from './use-moves.ts';

const SKELETON_HEIGHT = [220, 520] as const;
const NONE: readonly RouteRow[] = [];

export function Routes(props: SectionProps) {
  const { rest } = props.address;
  const dialog = useOpened(props, 'route');
  const routes = useAnswer<Answer<'routes'>>('/api/routes');
  const edit = useEdit(routes.reload);
  const [removed, setRemoved] = useState<string | null>(null);
  const rows = routes.value?.routes ?? null;
  return (
    <>
      <Card
        title="Routing rules"
        testId="routes"
        tools={
          <Button forOperators kind="lead" onClick={dialog.open}>
            Add a rule
          </Button>
        }
      >
        <Alert text={edit.fault} />
        <Outage of={routes} />
        <Pending of={routes} what="The rules cannot be loaded" height={SKELETON_HEIGHT} />
        {rows?.length === 0 && !isFromMemory(routes) && (
          <Nothing title="No routing rule">
            <p>A rule sends matching requests to another model. The first that matches decides.</p>
            <pre>
              <code>{`tokenwatch route add small --condition token_count --value '<500' --target claude-haiku-4-5`}</code>
            </pre>
          </Nothing>
        )}
        <RouteList routes={rows ?? NONE} edit={edit} reload={routes.reload} onRemove={setRemoved} />
      </Card>
      <ExplainCard
        key={rest.try ?? ''}
        model={rest.try ?? ''}
        api={rest.api === 'anthropic' ? 'anthropic' : 'openai'}
        app={rest.app ?? ''}
      />
      {dialog.isOpen && <RouteDialog onClose={dialog.close} onDone={routes.reload} />}
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

function RouteList(props: {
  readonly routes: readonly RouteRow[];
  readonly edit: Edit;
  readonly reload: () => void;
  readonly onRemove: (name: string) => void;
}) {
  const { rows, move } = useMoves(props.routes, props.edit, props.reload);
  const { tick } = useLive();
  const hits = useAnswer<StatsAnswer>('/api/stats?range=30d&by=rule&limit=200', { tick });
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const mayChange = useMayChange();
  const place = rows.findIndex(({ name }) => name === dragged);
  const dragOf = (name: string, index: number) => {
    if (name === dragged) return 'dragged';
    if (place === -1 || name !== over) return null;
    return place < index ? 'drop-after' : 'drop-before';
  };
  const hitsOf = (name: string): number | null =>
    hits.value === null ? null : (hits.value.rows.find(({ key }) => key === name)?.requests ?? 0);
  const list = useRef<HTMLOListElement>(null);
  const stepped = useRef<{ readonly name: string; readonly by: -1 | 1 } | null>(null);
  // Whoever moves a rule by keyboard goes on with it: a button that moved or leads nowhere has lost the focus.
  useLayoutEffect(() => {
    const focused = document.activeElement;
    const isLost = focused === document.body || (focused?.matches('.grip :disabled') ?? true);
    if (stepped.current === null || !isLost) return;
    const { name, by } = stepped.current;
    const item = list.current?.children[rows.findIndex((row) => row.name === name)];
    const [earlier, later] = item?.querySelectorAll<HTMLButtonElement>('.grip button') ?? [];
    const [wanted, other] = by < 0 ? [earlier, later] : [later, earlier];
    (wanted?.disabled ? other : wanted)?.focus();
  }, [rows]);
  const step = (name: string, by: -1 | 1) => () => {
    stepped.current = { name, by };
    move(name, by);
  };
  return (
    <>
      <ol class="rules" ref={list}>
        {rows.map((route, index) => (
          <RouteItem
            key={route.name}
            route={route}
            hits={hitsOf(route.name)}
            drag={dragOf(route.name, index)}
            onDrag={() => setDragged(route.name)}
            onDragOver={() => setOver(route.name)}
            onDragEnd={() => setDragged(null)}
            onDrop={() => {
              if (dragged !== null && dragged !== route.name) move(dragged, route.name);
              setDragged(null);
            }}
            onEarlier={index === 0 ? null : step(route.name, -1)}
            onLater={index === rows.length - 1 ? null : step(route.name, 1)}
            onSwitch={(enabled) => props.edit.send(pathOf(route.name), { method: 'POST', body: { enabled } })}
            onRemove={() => props.onRemove(route.name)}
          />
        ))}
      </ol>
      {rows.length > 1 && (
        <p class="hint">
          {mayChange && 'Drag a rule, or use its arrows, to change when it is tried. '}The first that matches
          decides.
        </p>
      )}
    </>
  );
}
