// One routing rule in the list: what it looks for, how often it decided, and how it is moved, switched and removed.

import type { RouteRow } from '../../../src/dashboard/contract.ts';
import { useMayChange } from '../data/may-change.ts';
import { count } from '../format.ts';
import { Button, Pill, Switch } from '../parts/controls.tsx';

export function RouteItem(props: {
  readonly route: RouteRow;
  /** Requests that it decided about in the last 30 days; null while it is not known. */
  readonly hits: number | null;
  /** While one is dragged: this one, or where it would come to stand. */
  readonly drag: 'dragged' | 'drop-before' | 'drop-after' | null;
  readonly onDrag: () => void;
  readonly onDragEnd: () => void;
  readonly onDragOver: () => void;
  /** Another one was let go here. */
  readonly onDrop: () => void;
  /** Null for the first. */
  readonly onEarlier: (() => void) | null;
  /** Null for the last. */
  readonly onLater: (() => void) | null;
  readonly onSwitch: (isOn: boolean) => Promise<boolean>;
  readonly onRemove: () => void;
}) {
  const { route, onEarlier, onLater } = props;
  const { name } = route;
  const mayChange = useMayChange();
  return (
    <li
      class={props.drag ?? ''}
      draggable={mayChange}
      onDragStart={(event) => {
        props.onDrag();
        event.dataTransfer?.setData('text/plain', name);
      }}
      onDragEnd={props.onDragEnd}
      onDragOver={(event) => {
        event.preventDefault();
        props.onDragOver();
      }}
      onDrop={(event) => {
        event.preventDefault();
        props.onDrop();
      }}
    >
      <span class="grip">
        <Arrow label={`Try ${name} earlier`} sign="↑" onClick={onEarlier} />
        <Arrow label={`Try ${name} later`} sign="↓" onClick={onLater} />
      </span>
      <div class="rule-words">
        <h3>{name}</h3>
        <p>
          <Conditions route={route} /> → <b>{route.target}</b>
          {route.upstream != null && ` at ${route.upstream}`}
          {route.targetApi != null && ` (${route.targetApi} API)`}
        </p>
      </div>
      <span class="rule-hits" title="In the last 30 days">
        <b>{props.hits === null ? '–' : count(props.hits)}</b> decided
      </span>
      <Switch label={`${name} is in force`} isOn={route.enabled} onChange={props.onSwitch} />
      <Button forOperators kind="quiet" onClick={props.onRemove}>
        Remove
      </Button>
    </li>
  );
}

function Arrow(props: {
  readonly label: string;
  readonly sign: string;
  /** Null where it leads nowhere. */
  readonly onClick: (() => void) | null;
}) {
  const { onClick } = props;
  return (
    <Button
      forOperators
      kind="quiet"
      aria-label={props.label}
      disabled={onClick === null}
      onClick={() => onClick?.()}
    >
      {props.sign}
    </Button>
  );
}

function Conditions({ route }: { readonly route: RouteRow }) {
  const { conditions, match, api } = route;
  return (
    <>
      {api !== null && <Pill tone="quiet">{api} requests</Pill>}{' '}
      {conditions.map(({ type, value }, index) => (
        <span key={`${type} ${value}`}>
          {index > 0 && <span class="quiet-line">{match === 'all' ? ' and ' : ' or '}</span>}
          <Pill tone="accent">
            {type} {value}
          </Pill>
        </span>
      ))}
    </>
  );
}
