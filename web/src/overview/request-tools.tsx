// What can be taken along of a request: as a command, as JSON, as a question for explain.

import type { Answer, RequestAnswer, RequestRecord } from '../../../src/dashboard/contract.ts';
import type { Go } from '../address.ts';
import { ask } from '../data/ask.ts';
import { useMayChange } from '../data/may-change.ts';
import { Button, CopyButton } from '../parts/controls.tsx';
import { curlOf } from './record-curl.ts';

type Stored = RequestAnswer['stored'];

export function RequestTools(props: {
  readonly record: RequestRecord;
  /** Undefined until it is known; null where it is not stored, or not for this visitor. */
  readonly stored: Stored | undefined;
  readonly go: Go;
}) {
  const { record, stored, go } = props;
  const { id, modelRequested, protocol, app } = record;
  const mayRead = useMayChange();
  const curl = async (): Promise<string> => {
    const { request } = await ask<Answer<'prompt'>>(`/api/prompts/${id}`);
    return curlOf(record, request);
  };
  return (
    <>
      <div class="drawer-tools">
        {stored === undefined ? (
          <Button kind="quiet" disabled>
            Copy as curl
          </Button>
        ) : (
          <CopyButton text={stored === null ? curlOf(record, null) : curl} label="Copy as curl" />
        )}
        <CopyButton text={JSON.stringify(record, null, 2)} label="Copy as JSON" />
        <Button
          kind="quiet"
          onClick={() =>
            go({
              tab: 'system',
              rest: { section: 'routes', try: modelRequested ?? '', api: protocol, app },
            })
          }
        >
          Explain one like it
        </Button>
      </div>
      <p class="quiet-line">
        {stored !== undefined && record.method === 'POST' && sentWords(stored, mayRead)}
      </p>
    </>
  );
}

function sentWords(stored: Stored, mayRead: boolean): string {
  const why = mayRead ? 'this prompt is not stored' : 'prompts are not shown to viewers';
  if (stored === null) return `The curl command sends a stand-in: ${why}.`;
  const what = stored.isRedacted ? ', in which secrets and personal data are replaced' : '';
  return `The curl command sends the prompt as it is stored${what}.`;
}
