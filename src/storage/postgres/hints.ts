// Hears what other instances change: a connection that listens, and comes back when it is lost. What is said while it
// is away is not heard; whoever needs to know looks at the versions as well.

import pg from 'pg';

export const CHANNEL = 'tokenwatch';
const AGAIN_MS = 1000;

export class PostgresHints {
  readonly #url: string;
  readonly #tell: (topic: string) => void;
  #client: pg.Client | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: string, tell: (topic: string) => void) {
    this.#url = url;
    this.#tell = tell;
  }

  async listen(): Promise<void> {
    if (this.#isClosed) return;
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'tokenwatch (listens)',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      isOver = true;
      if (this.#client === client) this.#client = null;
      void client.end().catch(() => undefined);
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.listen(), AGAIN_MS).unref();
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => this.#tell(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.#client = client;
    } catch {
      // Hints come again when the database does; others say that it is away.
      again();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => undefined);
  }
}
