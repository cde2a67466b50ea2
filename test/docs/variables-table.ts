import { FORMS, inEnvironment, VARIABLES, type Variable, variableNames } from '../../adapters/aws/variables.ts';

/** The table of variables in docs/aws.md. */
export function variablesTable(): string {
  const rows = variableNames.map((name) => {
    const { form, is, readBy, absent }: Variable = VARIABLES[name];
    const otherwise = absent === undefined ? '' : `; if absent, ${absent === '' ? 'none' : `\`${absent}\``}`;
    return [
      `\`${inEnvironment(name)}\``,
      is,
      `${FORMS[form]}${otherwise}`,
      readBy.map((reader) => `\`${reader}\``).join(', '),
    ];
  });
  const lines = [['Variable', 'What it is', 'Value', 'Read by'], ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  lines.splice(1, 0, '|---|---|---|---|\n');
  return lines.join('');
}
