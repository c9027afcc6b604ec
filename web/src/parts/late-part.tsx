// A part of the page that is loaded when it is opened. Where it does not come, that is told, and it is asked for again:
// the server may be away, or of another build, whose files have other names.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../data/ask.ts';
import { useLive } from '../data/use-live.ts';
import { Fault, Skeleton } from './states.tsx';

const SKELETON_HEIGHT = 480;

export function latePart<Props extends object>(load: () => Promise<ComponentType<Props>>) {
  let loaded: ComponentType<Props> | null = null;
  return function LatePart(props: Props) {
    const { connection } = useLive();
    const [Part, setPart] = useState<{ readonly is: ComponentType<Props> } | null>(
      loaded === null ? null : { is: loaded },
    );
    const [isMissing, setMissing] = useState(false);
    const look = async (): Promise<boolean> => {
      try {
        loaded ??= await load();
        setPart({ is: loaded });
        setMissing(false);
        return true;
      } catch {
        setMissing(true);
        return false;
      }
    };
    const lookAgain = async (): Promise<void> => {
      if (await look()) return;
      // It is there, but not its files of then: the page of now has others.
      const isThere = await ask('/api/session').then(
        () => true,
        () => false,
      );
      if (isThere) location.reload();
    };
    useEffect(() => {
      if (Part === null && (connection === 'live' || !isMissing)) void look();
    }, [connection]);
    if (Part !== null) return <Part.is {...props} />;
    if (!isMissing) return <Skeleton height={SKELETON_HEIGHT} />;
    return (
      <Fault
        what="This part of the page cannot be loaded"
        fault="TokenWatch does not answer, or was updated since."
        onRetry={() => void lookAgain()}
      />
    );
  };
}
