/** What a request and its answer need from the client's connection. */
export interface ClientSide {
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The port that the client connected to. */
  readonly port: number;
  /** The peer is one of our load balancers. */
  readonly trusted: boolean;
  readonly lastByteMs: number;
  readonly isBlocked: boolean;
  /** False: the client reads more slowly than we write; a notification follows when it has caught up. */
  write(head: string, piece?: Buffer): boolean;
  /** Stops reading the request's body: the dyno takes no more for now. */
  block(): void;
  unblock(): void;
  replyWithPage(
    status: number,
    html: string,
    options: { readonly headOnly: boolean; readonly keepAlive: boolean },
  ): void;
  /** The response was written. */
  exchangeDone(keepAlive: boolean): void;
  /** The response cannot be completed. The client must notice that, so nothing more is written. */
  abort(endsVisibly: boolean): void;
  /** From now on bytes go to the dyno as they arrive. */
  startTunnel(): void;
}
