// What a command does that opens the store of a folder whose server was killed: takes in what it left in its spool, and
// then frees what it had leased and did not spend.

import type { LeaseBank } from '../ledger/leases/lease-ports.ts';
import { isClaimed } from '../record/folder-claim.ts';
import type { SpoolLoader } from './loading/spool-loader.ts';

export async function recoverEnded(
  dataDir: string,
  instance: string,
  loader: SpoolLoader,
  leases: Pick<LeaseBank, 'runOf' | 'releaseEnded'>,
): Promise<void> {
  // Asked before: a server that starts meanwhile registers another run, whose leases are not touched.
  const run = await leases.runOf(instance);
  const isEnded = run !== null && !isClaimed(dataDir);
  await loader.recover();
  if (isEnded) await leases.releaseEnded(instance, run);
}
