import { createInterface } from 'node:readline/promises';

/** Asks for the stage's name: a y is typed too quickly. */
export async function confirm(question: string, answer: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim() === answer;
  } finally {
    terminal.close();
  }
}
