import { linkBelowLink, linkThatLeaves } from '../../../services/archive/links.ts';

const map = (links: Readonly<Record<string, string>>) => new Map(Object.entries(links));
/** `x` leads upwards through this many other links. */
const chain = (links: number) => {
  const steps = Array.from({ length: links }, (_, at) => [`l${at + 1}`, at + 1 === links ? '..' : `l${at + 2}`]);
  return Object.fromEntries([['x', 'l1'], ...steps]);
};

test.each([
  { name: 'an absolute target', links: { x: '/etc' }, leaving: 'x' },
  { name: 'the root', links: { x: '/' }, leaving: 'x' },
  { name: 'one step too far up', links: { x: '..' }, leaving: 'x' },
  { name: 'one step too far up from below', links: { 'a/b/x': '../../..' }, leaving: 'a/b/x' },
  { name: 'up, out and back', links: { 'a/x': '../../tree/a' }, leaving: 'a/x' },
  { name: 'down and too far up', links: { x: 'a/../..' }, leaving: 'x' },
  { name: 'a link to an absolute one, which comes later', links: { y: 'x/z', x: '/etc' }, leaving: 'y' },
  { name: 'through a link to the top', links: { 'a/b/top': '../..', x: 'a/b/top/..' }, leaving: 'x' },
  { name: 'through a link in capitals', links: { 'a/b/top': '../..', x: 'A/B/TOP/..' }, leaving: 'x' },
  { name: 'through a link spelt in another way', links: { 'a/\u00e9': '..', x: 'a/e\u0301/..' }, leaving: 'x' },
  { name: 'through forty links', links: chain(40), leaving: 'x' },
  { name: 'through more than the system follows: the next one leaves', links: chain(41), leaving: 'l1' },
])('$name leaves the tree', ({ links, leaving }) => {
  expect(linkThatLeaves(map(links))).toBe(leaving);
});

test.each([
  { name: 'nothing', links: {} },
  { name: 'a neighbor', links: { x: 'y' } },
  { name: 'the top', links: { 'a/x': '..', 'a/b/x': '../..' } },
  { name: 'the place itself', links: { x: '.', y: './/./z/' } },
  { name: 'nothing at all as a target', links: { x: '' } },
  { name: 'up through a link that leads down', links: { a: 'b/c/d', x: 'a/../..' } },
  { name: 'circles', links: { x: 'y', y: 'x' } },
  { name: 'a name that only begins like a link', links: { 'a/b/top': '../..', x: 'a/b/topmost/..' } },
])('$name stays in the tree', ({ links }) => {
  expect(linkThatLeaves(map(links))).toBeUndefined();
});

test.each([
  { links: { a: 'b', 'a/x': 'c' }, below: 'a/x' },
  { links: { 'a/x': 'c', a: 'b' }, below: 'a/x' },
  { links: { 'a/b': 'c', 'a/b/c/d': 'e' }, below: 'a/b/c/d' },
  { links: { A: 'b', 'a/x': 'c' }, below: 'a/x' },
  { links: { 'e\u0301': 'b', '\u00e9/x': 'c' }, below: '\u00e9/x' },
  { links: { a: 'b', 'ab/x': 'c', 'b/a': 'd', b2: 'a' }, below: undefined },
  { links: {}, below: undefined },
])('below another link: $below', ({ links, below }) => {
  expect(linkBelowLink(map(links as Record<string, string>))).toBe(below);
});
