import { terminalSvg } from './terminal-svg.ts';

const shown = (svg: string) => [...svg.matchAll(/<text x="16" y="[\d.]+">(.*)<\/text>/g)].map(([, line]) => line);
const command = (text: string) => `<tspan class="prompt">$ </tspan><tspan class="command">${text}</tspan>`;

test.each([
  { name: 'a line', output: 'done\n', lines: ['done'] },
  { name: 'an empty line between two', output: 'one\n\ntwo\n', lines: ['one', '', 'two'] },
  { name: 'signs of XML', output: 'a <b> & c\n', lines: ['a &lt;b&gt; &amp; c'] },
  { name: 'a line that is written over', output: 'Creating... 1\rCreating... done\r\n', lines: ['Creating... done'] },
  { name: 'a line too long', output: `${'x'.repeat(90)}\n`, lines: ['x'.repeat(88), 'xx'] },
])('the picture shows $name', ({ output, lines }) => {
  expect(shown(terminalSvg('It', [{ command: 'heroku', output }]))).toEqual([command('heroku'), ...lines]);
});

test('commands stand apart from one another', () => {
  const typed = [
    { command: 'one', output: 'first\n' },
    { command: 'two > file', output: '' },
  ];
  const svg = terminalSvg('A & B', typed);
  expect(shown(svg)).toEqual([command('one'), 'first', '', command('two &gt; file')]);
  expect(svg).toContain('<title>A &amp; B</title>');
  expect(svg).toContain('viewBox="0 0 774 112"');
});
