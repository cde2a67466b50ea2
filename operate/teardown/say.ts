/** A line for the one who runs the command. */
export type Say = (line: string) => void;
