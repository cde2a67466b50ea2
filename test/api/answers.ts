import { type Answered, START_MS } from './api-fixture.ts';

/** The time of the fixture's clock until a test moves it. */
export const NOW = '2026-01-01T00:00:00Z';
/** The date of what is part of the platform and never changes. */
export const CATALOGUE_DATE = '2024-01-01T00:00:00Z';
export const A_UUID = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);

export const later = (ms: number) => new Date(START_MS + ms).toISOString().replace('.000Z', 'Z');

/** Status and body of an answer as one value. */
export const whole = ({ status, body }: Answered) => ({ status, body });

export const missing = (noun: string) => ({
  status: 404,
  body: { id: 'not_found', message: `Couldn't find that ${noun}.`, resource: noun },
});
export const invalid = (message: string) => ({ status: 422, body: { id: 'invalid_params', message } });
export const conflict = (message: string) => ({ status: 409, body: { id: 'conflict', message } });
export const forbidden = (message: string) => ({ status: 403, body: { id: 'forbidden', message } });
