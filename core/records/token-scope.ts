/**
 * What a token may be used for (Heroku Dev Center, "OAuth": scopes). `read` and `write` exclude config vars; the `-protected`
 * forms include them.
 */
export const TOKEN_SCOPES = ['global', 'identity', 'read', 'write', 'read-protected', 'write-protected'] as const;

export type TokenScope = (typeof TOKEN_SCOPES)[number];
