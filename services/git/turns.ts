/** Pushes to one app are decided one after another: the second must see where the first moved the branch. */
export interface Turn {
  /** Resolves when this turn begins; calls `onWait` first when another push is being decided. */
  take(onWait: () => Promise<void>): Promise<void>;
  /** Ends the turn, or gives up waiting. Idempotent; must be called. */
  leave(): void;
}

export interface Turns {
  join(key: string): Turn;
}

export function createTurns(): Turns {
  /** The last one in each queue. */
  const last = new Map<string, Promise<void>>();
  return {
    join(key) {
      let leave: () => void = () => {};
      let taken = false;
      return {
        async take(onWait) {
          const before = last.get(key);
          const mine = new Promise<void>((resolve) => {
            leave = resolve;
          });
          taken = true;
          const queue = (before ?? Promise.resolve()).then(() => mine);
          last.set(key, queue);
          void queue.then(() => last.get(key) === queue && last.delete(key));
          if (before === undefined) return;
          await onWait();
          await before;
        },
        leave() {
          if (taken) leave();
        },
      };
    },
  };
}
