export interface Nudges {
  /** Look at this app now, or after the delay. Coalesces; handlers of one app never overlap. */
  nudge(appId: string, delayMs?: number): void;
  /** The one consumer. A rejected promise means: try again with back-off. */
  handle(handler: (appId: string) => Promise<void>): void;
}
