/** Starts jobs in order, at most `limit` at a time and one per key. */
export interface BuildQueue {
  /**
   * `onWait` is called when the job cannot start at once. The returned function starts a waiting job out of turn, so that a
   * job which was cancelled can end; it has no effect once the job has begun.
   */
  add(key: string, job: () => Promise<void>, onWait: (reason: 'same-key' | 'full') => void): () => void;
}

interface Entry {
  readonly key: string;
  readonly job: () => Promise<void>;
}

export function createBuildQueue(limit: number): BuildQueue {
  const waiting: Entry[] = [];
  const running = new Set<string>();

  function startNext(): void {
    while (running.size < limit) {
      const index = waiting.findIndex((entry) => !running.has(entry.key));
      const [entry] = index < 0 ? [] : waiting.splice(index, 1);
      if (entry === undefined) return;
      running.add(entry.key);
      void entry.job().finally(() => {
        running.delete(entry.key);
        startNext();
      });
    }
  }

  return {
    add(key, job, onWait) {
      const busy = running.has(key) || waiting.some((entry) => entry.key === key);
      const full = running.size >= limit;
      const entry = { key, job };
      waiting.push(entry);
      if (busy || full) onWait(busy ? 'same-key' : 'full');
      else startNext();
      return () => {
        const index = waiting.indexOf(entry);
        if (index < 0) return;
        waiting.splice(index, 1);
        void job();
      };
    },
  };
}
