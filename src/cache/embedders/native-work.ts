// Native code that still runs when its thread ends takes the whole process down (ONNX Runtime throws where nobody can
// catch it). A thread says here when it is in there; whoever ends it says so first, and waits until it has come out.

/** Shared with the thread: whether it is to end, and whether it is inside. */
export type WorkFlags = Int32Array<SharedArrayBuffer>;

const [IS_ENDING, IS_INSIDE] = [0, 1];
const BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;
/** A text takes a tenth of a second, a model that is loaded some seconds. */
const INSIDE_MS_MAX = 10_000;

/** Of the threads that are there: a process may be told to end at any time. */
const known = new Set<WorkFlags>();
process.on('exit', () => {
  for (const flags of known) {
    Atomics.store(flags, IS_ENDING, 1);
    Atomics.wait(flags, IS_INSIDE, 1, INSIDE_MS_MAX);
  }
});

export function newWorkFlags(): WorkFlags {
  const flags = new Int32Array(new SharedArrayBuffer(BYTES));
  known.add(flags);
  return flags;
}

/** Resolves once the thread may be ended: it begins nothing any more. */
export async function endWork(flags: WorkFlags): Promise<void> {
  Atomics.store(flags, IS_ENDING, 1);
  const inside = Atomics.waitAsync(flags, IS_INSIDE, 1, INSIDE_MS_MAX);
  if (inside.async) await inside.value;
  known.delete(flags);
}

/** Of a thread that has ended by itself. */
export function forgetWork(flags: WorkFlags): void {
  known.delete(flags);
}

/** In the thread. Rejects where it is to end. */
export async function workInside<T>(flags: WorkFlags, work: () => Promise<T>): Promise<T> {
  Atomics.store(flags, IS_INSIDE, 1);
  try {
    if (Atomics.load(flags, IS_ENDING) === 1) throw new Error('the thread is to end');
    return await work();
  } finally {
    Atomics.store(flags, IS_INSIDE, 0);
    Atomics.notify(flags, IS_INSIDE);
  }
}
