// The authorisation server: oidc-provider with the client credentials grant and nothing else. Two clients: `jisr` shows its
// secret by client_secret_basic, `jisr-post` by client_secret_post.

import { pathToFileURL } from 'node:url'

import { before, after } from './faults.mjs'

export const RESOURCE = 'urn:residency:permits'
const SECRET = 'open sesame: 100% + &~'

export async function authorisation (require, address, faults) {
  const { default: Provider } = await import(pathToFileURL(require.resolve('oidc-provider')))
  const client = (id, method) => ({
    client_id: id,
    client_secret: SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: method
  })
  const state = { ttl: 600, issued: new Set(), revoked: new Set(), count: 0 }
  const provider = new Provider(address, {
    clients: [client('jisr', 'client_secret_basic'), client('jisr-post', 'client_secret_post')],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => ({ scope: 'permits', accessTokenFormat: 'opaque' })
      }
    },
    scopes: ['permits'],
    ttl: { ClientCredentials: () => state.ttl }
  })
  provider.on('client_credentials.saved', (token) => {
    state.issued.add(token.jti)
    state.count += 1
  })
  const callback = provider.callback()
  return {
    address: `${address}/token`,
    secret: SECRET,
    state,
    // Every token so far is worth nothing from now on.
    revoke () {
      state.issued.forEach((token) => state.revoked.add(token))
    },
    // Whether an `Authorization` header lets its bearer in.
    async admits (header) {
      const token = /^Bearer (.+)$/.exec(header ?? '')?.[1]
      if (!token || state.revoked.has(token)) return false
      const found = await provider.ClientCredentials.find(token)
      return Boolean(found?.isValid && [found.aud].flat().includes(RESOURCE) && found.scopes.has('permits'))
    },
    async answer (request, response) {
      const fault = faults.next('TOKEN')
      if (await before(fault, request, response)) return
      if (fault.fault && fault.fault !== 'slow_before') {
        request.resume()
        if (await after(fault, response, 200, { 'Content-Type': 'application/json' }, Buffer.from('{}'))) return
      }
      callback(request, response)
    }
  }
}
