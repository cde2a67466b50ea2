/** What a request, and the answer to it, need of the connection that it came by. */
export interface ClientSide {
  readonly address: string;
  readonly protocol: 'http' | 'https';
  /** The port that the client connected to. */
  readonly port: number;
  /** It is a load balancer of ours. */
  readonly trusted: boolean;
  readonly lastByteMs: number;
  readonly isBlocked: boolean;
  /** False: the client reads slower than we write; it is told when the client has caught up. */
  write(head: string, piece?: Buffer): boolean;
  /** Stop reading the request's body: the dyno takes no more for now. */
  block(): void;
  unblock(): void;
  replyWithPage(
    status: number,
    html: string,
    options: { readonly headOnly: boolean; readonly keepAlive: boolean },
  ): void;
  /** The response is written. */
  exchangeDone(keepAlive: boolean): void;
  /** The response cannot be completed: the client must notice, so nothing but what was written goes out. */
  abort(endsVisibly: boolean): void;
  /** From now on bytes go to the dyno as they come. */
  startTunnel(): void;
}
