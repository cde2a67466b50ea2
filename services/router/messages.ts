import type { AppRoutes } from '../../core/records/app-routes.ts';
import type { ServerCertificate } from './certificate-table.ts';
import type { RouterLogLine } from './context.ts';
import type { TrafficMessage } from './traffic.ts';

/** Messages from the platform to the router's process. */
export type ToRouter =
  | { readonly kind: 'listen'; readonly host: string; readonly port: number; readonly tlsPort?: number }
  /** Before `listen`: connections wait for `open`, which follows the first routes. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'open' }
  | { readonly kind: 'certificate'; readonly hostname: string; readonly certificate: ServerCertificate }
  | { readonly kind: 'no-certificate'; readonly hostname: string }
  | { readonly kind: 'fallback-certificate'; readonly certificate: ServerCertificate }
  | { readonly kind: 'update'; readonly routes: readonly AppRoutes[] }
  | { readonly kind: 'remove'; readonly appIds: readonly string[] }
  /** Asks for the answer `taken`, after all earlier messages were processed. */
  | { readonly kind: 'acknowledge'; readonly number: number }
  | { readonly kind: 'close'; readonly graceMs: number };

/** Messages from the router's process to the platform. */
export type FromRouter =
  | { readonly kind: 'listening'; readonly port: number; readonly tlsPort?: number }
  | { readonly kind: 'not-listening'; readonly port: number; readonly code: string; readonly message: string }
  | { readonly kind: 'log'; readonly lines: readonly RouterLogLine[]; readonly dropped: number }
  | { readonly kind: 'taken'; readonly number: number }
  | { readonly kind: 'problem'; readonly text: string }
  | TrafficMessage;
