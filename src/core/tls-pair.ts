// What a port shows and proves itself with where it speaks TLS.

export interface TlsPair {
  /** PEM: the port's own certificate, and those that lead to one that clients know. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
}
