// A real OpenID provider for t/oidc: oidc-provider with its own login and
// consent pages, over TLS. Run as: node provider.mjs FILE, a JSON file with
// issuer, port, key, cert, users, clients. The users' file is read at each
// use, so that a test can change what is said of somebody.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

import Provider from 'oidc-provider';

const options = JSON.parse(readFileSync(process.argv[2]));
const users = () => JSON.parse(readFileSync(options.users));

const provider = new Provider(options.issuer, {
  clients: options.clients,
  cookies: { keys: ['a key of the test'] },
  claims: {
    openid: ['sub'],
    profile: ['preferred_username', 'name', 'groups'],
    email: ['email'],
  },
  pkce: { methods: ['S256'], required: () => true },
  // What somebody types as his login is his subject.
  async findAccount(ctx, id) {
    return {
      accountId: id,
      async claims() {
        return { ...users()[id], sub: id };
      },
    };
  },
});

for (const event of ['authorization.error', 'grant.error', 'userinfo.error',
  'end_session.error', 'server_error']) {
  provider.on(event, (ctx, error) => {
    console.log(event, error.message, error.error_description ?? '',
      error.error_detail ?? '');
  });
}

createServer({
  key: readFileSync(options.key),
  cert: readFileSync(options.cert),
}, provider.callback()).listen(options.port, '127.0.0.1');
