/** Tells the operator what no user of the app can see or help. Never holds a secret. */
export type Report = (appId: string, problem: string, error?: unknown) => void;
