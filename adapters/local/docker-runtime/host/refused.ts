/** What the user has to change, in words. */
export class Refused extends Error {}
