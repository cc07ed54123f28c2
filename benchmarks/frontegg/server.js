'use strict';
// A server of Frontegg's SDK for Node: /open has no guard, /guarded demands the role
// admin. KIND is "http" or "express". It says where it listens, and ends with its
// standard input.

const { FronteggContext, withAuthentication } = require('@frontegg/client');

FronteggContext.init({
  FRONTEGG_CLIENT_ID: process.env.FRONTEGG_CLIENT_ID,
  FRONTEGG_API_KEY: process.env.FRONTEGG_API_KEY,
});
const guard = withAuthentication({ roles: ['admin'] });

// plain serves without a framework. The guard asks for a bit of Express.
function plain(req, res) {
  if (req.url !== '/guarded') return res.end('ok');
  req.header = (name) => req.headers[name];
  res.status = (code) => {
    res.statusCode = code;
    return res;
  };
  res.send = (text) => res.end(text);
  guard(req, res, (err) => err || res.end('ok'));
}

function express() {
  const app = require('express')();
  app.get('/open', (req, res) => res.end('ok'));
  app.get('/guarded', guard, (req, res) => res.end('ok'));
  app.use((err, req, res, next) => {}); // the guard has answered
  return app;
}

const server = require('http').createServer(process.env.KIND === 'express' ? express() : plain);
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.stdin.on('end', () => process.exit(0)).resume();
