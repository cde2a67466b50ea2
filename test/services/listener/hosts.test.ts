import { hostRules } from '../../../services/listener/hosts.ts';

const rules = hostRules(['Dev.Example.com']);

test.each([
  ...['localhost', 'LOCALHOST', 'localhost:5001', '127.0.0.1', '127.0.0.1:1', '[::1]', '[::1]:65535'],
  ...['dev.example.com', 'DEV.example.COM:443', 'registry.dev.example.com', 'registry.localhost:5001'],
  ...['api.data.heroku.com:443', 'api.metrics.herokai.com', 'api.metrics.heroku.com', 'particleboard.heroku.com'],
  'telex.heroku.com',
])('%s is ours', (authority) => {
  expect(rules.allows(authority)).toBe(true);
});

test.each([
  ...['', ':80', 'evil.test', 'example.com', 'x.dev.example.com', 'dev.example.com.evil.test', 'evildev.example.com'],
  ...['localhost:', 'localhost:123456', 'localhost:80x', 'localhost:80:80', 'localhost:80/', '::1', '127.0.0.2'],
  ...['registry.evil.test', 'registry.telex.heroku.com', 'heroku.com'],
])('%j is not', (authority) => {
  expect(rules.allows(authority)).toBe(false);
});
