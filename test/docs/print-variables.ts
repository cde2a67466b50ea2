/** Prints the table for docs/aws.md: `node --import tsx test/docs/print-variables.ts`. */
import { variablesTable } from './variables-table.ts';

process.stdout.write(variablesTable());
