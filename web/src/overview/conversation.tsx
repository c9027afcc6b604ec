// What was said, where the archive kept it: the redacted turns of the request, and the answer.

import type { RequestAnswer, StoredPart, StoredTurn } from '../../../src/dashboard/contract.ts';
import { Button } from '../parts/controls.tsx';

export function Conversation(props: { readonly answer: RequestAnswer; readonly onReplay: () => void }) {
  const { stored } = props.answer;
  if (stored === null) return null;
  return (
    <section class="drawer-section conversation">
      <header>
        <h3>Conversation</h3>
        <Button kind="quiet" onClick={props.onReplay}>
          Replay this
        </Button>
      </header>
      <p class="quiet-line">
        {stored.isRedacted ? 'As stored: secrets and personal data are replaced.' : 'As stored.'}
      </p>
      <ol>
        {stored.turns.map((turn, index) => (
          <Turn key={`${index} ${turn.role}`} turn={turn} />
        ))}
      </ol>
    </section>
  );
}

function Turn({ turn }: { readonly turn: StoredTurn }) {
  return (
    <li class={`turn ${turn.role}`}>
      <b>{turn.role}</b>
      {turn.parts.map((part, index) => (
        <Part key={`${index} ${part.type}`} part={part} />
      ))}
    </li>
  );
}

function Part({ part }: { readonly part: StoredPart }) {
  if (!('name' in part)) return <p class={part.type === 'text' ? 'said' : 'media'}>{part.text}</p>;
  return (
    <details class="call">
      <summary>
        {part.type === 'call' ? 'Calls' : 'Result of'} <code>{part.name}</code>
      </summary>
      <pre>
        <code>{part.text}</code>
      </pre>
    </details>
  );
}
