// What nobody caught while the server runs: said, and survived. Requests have a guard of their own (proxy/guard.ts);
// this is for what lies outside of all of them.

import { faultText } from '../core/fault-text.ts';

/** Holds until the returned function is called. */
export function surviveFaults(): () => void {
  const survive = (fault: unknown): void => {
    process.stderr.write(
      `tokenwatch: A fault outside of any request; TokenWatch goes on. ${faultText(fault)}\n`,
    );
  };
  process.on('uncaughtException', survive);
  return () => process.off('uncaughtException', survive);
}
