/** Prints a line for the user. */
export type Say = (line: string) => void;
