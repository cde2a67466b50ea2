/** The message tells the user what to change. */
export class Refused extends Error {}
