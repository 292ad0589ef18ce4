// What a test asks of the department that no front end could: faults, decisions, revoked tokens, and everything it has.

export function control (record, issuer, faults, service) {
  async function answer (request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const given = chunks.length ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : {}
    let said = {}
    switch (request.url) {
      case '/control':
        faults.set(given)
        if (given.revoke_tokens) issuer.revoke()
        if (given.token_ttl) issuer.state.ttl = given.token_ttl
        break
      // {"reference": "…", "decision": {"Status": "REFUSED", …}}: now, and whatever it was before.
      case '/decide':
        await service.decide(given.reference, given.decision)
        break
      case '/records':
        said = { ...(await record.everything()), tokens: issuer.state.count, calls: faults.calls }
        break
      case '/settings':
        said = { token_endpoint: issuer.address, secret: issuer.secret }
        break
      default:
        response.writeHead(404)
        response.end()
        return
    }
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(JSON.stringify(said))
  }
  return (request, response) =>
    answer(request, response).catch((error) => {
      console.error(error)
      response.writeHead(500)
      response.end(String(error))
    })
}
