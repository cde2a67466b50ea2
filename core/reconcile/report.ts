/** Reports to the operator what users of the app can neither see nor repair. Never contains a secret. */
export type Report = (appId: string, problem: string, error?: unknown) => void;
