// What is needed late is loaded some time after the start, which has other things to do: whoever asks need not wait, and
// an update that takes the program's files away under a running server takes nothing away that it needs.

const AFTER_MS = 5_000;

/** Tries again for as long as it fails. What is returned gives up. */
export function loadAhead(load: () => Promise<unknown>): () => void {
  const next = (): NodeJS.Timeout =>
    setTimeout(() => {
      load().catch(() => {
        // Whoever needs it meanwhile is told what went wrong.
        if (!isOver) timer = next();
      });
    }, AFTER_MS).unref();
  let isOver = false;
  let timer = next();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
