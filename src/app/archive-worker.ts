// The thread of the prompt archive: redacts, packs and stores, as a visitor of the store.

import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveThread } from '../archive/archive-thread.ts';
import type { FromThread } from '../archive/messages.ts';
import { openArchivist } from '../archive/open-archivist.ts';
import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { visitStore } from '../storage/registry.ts';
import type { StoreSettings } from '../storage/store.ts';

export interface ArchiveWorkerData {
  readonly store: StoreSettings;
  readonly redacts: boolean;
  readonly retentionDays: number;
  readonly itemBytesMax: number;
  readonly keys: readonly Uint8Array[];
}

const DAY_MS = 86_400_000;
const port = parentPort;
if (port === null) throw new Error('the archive worker must run as a worker thread');
const settings = workerData as ArchiveWorkerData;
const tell = (message: FromThread): void => port.postMessage(message);

try {
  const { prompts: archive, close } = await visitStore(settings.store, 'create');
  const keys = settings.keys.map((key) => Buffer.from(key));
  const archivist = await openArchivist(archive, { ...settings, keys });
  new ArchiveThread({
    port,
    archive,
    archivist,
    clock: systemClock,
    retentionMs: settings.retentionDays * DAY_MS,
    close,
  });
  tell({ type: 'ready' });
} catch (error) {
  const code = error instanceof TokenWatchError ? error.code : 'storage_failed';
  tell({ type: 'failure', code, message: error instanceof Error ? error.message : String(error) });
  port.close();
}
