// What is left to do for requests whose answers are out: a moment later, many at once, so that it holds up neither the
// last bytes of an answer on a busy machine nor the client's next request.

/** Long enough for the client to have its answer; below what anything that is read of it could notice. */
const DELAY_MS = 1;

export class Afterwork {
  #jobs: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;

  add(job: () => void): void {
    this.#jobs.push(job);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.run();
    }, DELAY_MS);
  }

  /** Does all of it now, in order: for whoever must see what earlier requests came to. */
  run(): void {
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs;
      this.#jobs = [];
      let done = 0;
      try {
        for (const job of jobs) {
          done += 1;
          job();
        }
      } finally {
        // One that throws takes none of the others with it.
        for (const job of jobs.slice(done)) this.add(job);
      }
    }
  }
}
