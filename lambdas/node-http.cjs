// Replaces `import 'node:http'` in bundles: that reads every export, and one of them loads Node's whole browser-like HTTP
// client, which a function may never use.
module.exports = process.getBuiltinModule('node:http');
