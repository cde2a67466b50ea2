export interface Typed {
  readonly command: string;
  readonly output: string;
}

const COLUMNS = 88;
const FONT_SIZE = 14;
const CHARACTER_WIDTH = 8.43;
const LINE_HEIGHT = 20;
const PADDING = 16;

/** A picture of a terminal with these commands and their output. */
export function terminalSvg(title: string, typed: readonly Typed[]): string {
  const lines = typed.flatMap(({ command, output }, index) => [
    ...(index === 0 ? [] : ['']),
    `<tspan class="prompt">$ </tspan><tspan class="command">${escaped(command)}</tspan>`,
    ...shownLines(output).map(escaped),
  ]);
  const width = Math.ceil(2 * PADDING + COLUMNS * CHARACTER_WIDTH);
  const height = 2 * PADDING + lines.length * LINE_HEIGHT;
  const rows = lines.map(
    (line, index) => `<text x="${PADDING}" y="${PADDING + (index + 0.75) * LINE_HEIGHT}">${line}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    '<style>',
    `text{font:${FONT_SIZE}px ui-monospace,Menlo,Consolas,monospace;fill:#c9d1d9;white-space:pre}`,
    '.prompt{fill:#7ee787}.command{fill:#fff;font-weight:bold}',
    '</style>',
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}

/** What a terminal finally shows: of an overwritten line the last version, long lines wrapped. */
function shownLines(output: string): readonly string[] {
  const text = output.trimEnd();
  if (text === '') return [];
  return text
    .split(/\r?\n/)
    .map((line) => (line.split('\r').findLast((part) => part !== '') ?? '').trimEnd())
    .flatMap((line) => (line === '' ? [''] : (line.match(new RegExp(`.{1,${COLUMNS}}`, 'gu')) ?? [])));
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
