// Where this TokenWatch is to be found: what its settings say, on the addresses that this machine has now.

import { hostname, networkInterfaces } from 'node:os';
import type { OwnPlace } from '../core/own-place.ts';

export function ownPlace(host: string, ports: readonly number[]): OwnPlace {
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  return { host, ports, names: new Set([...addresses, hostname().toLowerCase()]) };
}
