// node provider.mjs PORT PEOPLE: an identity provider for test_oidc.py, with its own pages to log in and to consent.
import Provider from 'oidc-provider';

const [port, people] = process.argv.slice(2);
const claims = JSON.parse(people);
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: 'coalizione',
    client_secret: 'a secret for the tests',
    redirect_uris: ['http://localhost:8000/staff/login/oidc/callback'],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  pkce: { required: () => true },
  findAccount: (context, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims[sub] }) }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log('listening'));
