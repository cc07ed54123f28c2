'use strict';
// Serves Frontegg's SDK for Node over HTTP on 127.0.0.1, so that a test in Go can
// call it. It says where on its first line, and ends with its standard input.
//
// Environment: FRONTEGG_* as the SDK reads it; CACHE is "ioredis" or "redis" for
// a cache of access tokens at REDIS_URL, local without.

const express = require('express');
const frontegg = require('@frontegg/client');

const credentials = {
  FRONTEGG_CLIENT_ID: process.env.FRONTEGG_CLIENT_ID,
  FRONTEGG_API_KEY: process.env.FRONTEGG_API_KEY,
};

function cacheOptions() {
  const { CACHE: type, REDIS_URL: url } = process.env;
  if (!type) return undefined;
  if (type === 'redis') return { accessTokensOptions: { cache: { type, options: { url } } } };
  const { hostname: host, port, password, pathname } = new URL(url);
  const options = { host, port: Number(port || 6379), db: Number(pathname.slice(1) || 0) };
  if (password) options.password = decodeURIComponent(password);
  return { accessTokensOptions: { cache: { type, options } } };
}
frontegg.FronteggContext.init(credentials, cacheOptions());

// once makes things when they are first asked for, one per name.
function once(make) {
  let made;
  return () => (made ??= make());
}

const authenticator = once(async () => {
  const a = new frontegg.FronteggAuthenticator();
  await a.init(credentials.FRONTEGG_CLIENT_ID, credentials.FRONTEGG_API_KEY);
  return a;
});
const audits = once(async () => {
  const a = new frontegg.AuditsClient();
  await a.init(credentials.FRONTEGG_CLIENT_ID, credentials.FRONTEGG_API_KEY);
  return a;
});
const identity = () => frontegg.IdentityClient.getInstance();
let entitlements; // the client of the last entitlements.init
let snapshots = 0; // how often it has swapped its snapshot
const scopes = {}; // by name

// revive makes dates of {"$date": text}.
const revive = (_, v) => (v && typeof v === 'object' && '$date' in v ? new Date(v.$date) : v);

const operations = {
  async 'authenticator.init'({ clientId, apiKey }) {
    const a = new frontegg.FronteggAuthenticator();
    await a.init(clientId ?? credentials.FRONTEGG_CLIENT_ID, apiKey ?? credentials.FRONTEGG_API_KEY);
    return a.accessToken;
  },
  'identity.publicKey': () => identity().getPublicKey(),
  'identity.validateToken': ({ token, options, type }) => identity().validateToken(token, options, type),
  'identity.validateIdentityOnToken': ({ token, options }) => identity().validateIdentityOnToken(token, options),

  async 'entitlements.init'({ options }) {
    entitlements?.destroy();
    snapshots = 0;
    entitlements = await frontegg.EntitlementsClient.init(credentials, options);
    entitlements.on('snapshot-updated', () => snapshots++);
  },
  async 'entitlements.ready'() {
    await entitlements.ready();
  },
  'entitlements.snapshots': () => snapshots,
  'entitlements.destroy': () => entitlements.destroy(),
  'entitlements.forUser'({ name, entity }) {
    scopes[name] = entitlements.forUser(entity);
  },
  async 'entitlements.forFronteggToken'({ name, token }) {
    scopes[name] = await entitlements.forFronteggToken(token);
  },
  'entitlements.feature': ({ name, key, attributes }) => scopes[name].isEntitledToFeature(key, attributes),
  'entitlements.permission': ({ name, key, attributes }) => scopes[name].isEntitledToPermission(key, attributes),
  'entitlements.isEntitledTo': ({ name, query, attributes }) => scopes[name].isEntitledTo(query, attributes),

  'audits.send': async (audit) => (await audits()).sendAudit(audit),
  'audits.get': async (params) => (await audits()).getAudits(params),
  'audits.stats': async (params) => (await audits()).getAuditsStats(params),
  'audits.metadata': async () => (await audits()).getAuditsMetadata(),
  'audits.setMetadata': async (metadata) => (await audits()).setAuditsMetadata(metadata),

  'events.send': async ({ tenantId, event }) => new frontegg.EventsClient(await authenticator()).send(tenantId, event),
  'events.status': async ({ id }) => new frontegg.EventsClient(await authenticator()).getStatus(id),

  'login.authorize': ({ redirectURI, state }) =>
    new frontegg.HostedLoginClient(new URL(redirectURI)).requestAuthorize({ state }),
  'login.exchange': ({ redirectURI, code, state }) =>
    new frontegg.HostedLoginClient(new URL(redirectURI)).codeExchange({ code, state }),

  async 'http.get'({ baseURL, path, headers }) {
    const client = new frontegg.HttpClient(await authenticator(), { baseURL });
    const { status, data } = await client.get(path, headers);
    return { status, data };
  },

  // Errors that guards gave to next after they had answered.
  nexts: () => nexts.splice(0),
};

const app = express();
const nexts = [];

app.post('/call/:operation', express.text({ type: '*/*', limit: '10mb' }), async (req, res) => {
  try {
    const run = operations[req.params.operation];
    if (!run) throw new Error(`there is no ${req.params.operation}`);
    const value = await run(JSON.parse(req.body, revive));
    res.json({ value });
  } catch (e) {
    res.json({
      error: { message: e.message, statusCode: e.statusCode, isError: e instanceof Error, answer: e.response?.status },
    });
  }
});

// GET /guard?roles=a,b&permissions=c
app.get(
  '/guard',
  (req, res, next) => {
    const list = (text) => (text ? text.split(',') : []);
    const { roles, permissions } = req.query;
    const options = { roles: list(roles), permissions: list(permissions) };
    const guard = roles || permissions ? frontegg.withAuthentication(options) : frontegg.withAuthentication();
    return guard(req, res, next);
  },
  (req, res) => res.json(req.frontegg),
);
app.use((err, req, res, next) => {
  nexts.push({ message: err.message, answered: res.headersSent });
  if (!res.headersSent) res.status(500).send('unexpected');
});

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`listening on http://127.0.0.1:${server.address().port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
