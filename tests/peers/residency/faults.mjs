// What goes wrong with the calls from now on, as the control port says:
//
//   {"fault": "cut_after_execute", "operations": ["PUT"], "limit": 1, "ms": 3000, "retry_after": "60"}
//
// Operations are PUT, PATCH, READ, LIST and TOKEN; all, if none is named. `limit` is how often; always, if it is not given.

export class Faults {
  constructor () {
    this.faults = []
    this.pageSize = 2
    this.decideAfter = 0
    // How often each operation was carried out.
    this.calls = {}
  }

  carriedOut (operation) {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1
  }

  set (fault) {
    if (fault.reset) this.faults = []
    if (fault.page_size !== undefined) this.pageSize = fault.page_size
    if (fault.decide_after_ms !== undefined) this.decideAfter = fault.decide_after_ms
    if (fault.fault) this.faults.push({ ...fault, left: fault.limit ?? Infinity })
  }

  next (operation) {
    const found = this.faults.find((fault) => fault.left > 0 && (!fault.operations || fault.operations.includes(operation)))
    if (found) found.left -= 1
    return found ?? {}
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms))
const json = (response, status, headers, body) => {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}
const error = (code, message) => ({ error: { code, message } })

// Before anything is executed. True: that was the answer.
export async function before (fault, request, response) {
  switch (fault.fault) {
    case 'slow_before':
      await pause(fault.ms)
      return false
    case 'cut_before_execute':
      request.socket.resetAndDestroy?.() ?? request.socket.destroy()
      return true
    case 'closed':
      json(response, 503, { 'Retry-After': fault.retry_after ?? '3600' }, error('RES-900', 'النظام مغلق ليلاً'))
      return true
    case 'rate_limited':
      json(response, 429, { 'Retry-After': fault.retry_after ?? '1' }, error('RES-901', 'طلبات كثيرة'))
      return true
    case 'invalid_token':
      json(response, 401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, error('RES-401', 'رمز الدخول غير صالح'))
      return true
    case 'invalid_client':
      json(response, 401, { 'WWW-Authenticate': 'Basic realm="tokens"' }, { error: 'invalid_client' })
      return true
    case 'forbidden':
      json(response, 403, {}, error('RES-403', 'غير مصرح'))
      return true
    default:
      return false
  }
}

// In place of the answer, after everything is executed. True: that was the answer.
export async function after (fault, response, status, headers, body) {
  const socket = response.socket
  switch (fault.fault) {
    case 'slow_after':
      await pause(fault.ms)
      return false
    case 'cut_after_execute':
      socket.resetAndDestroy?.() ?? socket.destroy()
      return true
    case 'half_answer':
      response.writeHead(status, { ...headers, 'Content-Length': body.length + 100 })
      response.write(body)
      setTimeout(() => socket.destroy(), 50)
      return true
    case 'garbage':
      socket.end(Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]))
      return true
    case 'html':
      response.writeHead(200, { 'Content-Type': 'text/html' })
      response.end('<html><body>الصفحة غير متاحة</body></html>')
      return true
    case 'wrong_charset': {
      // What a stack says that keeps windows-1256 and calls it so.
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json;charset=windows-1256' })
      response.end(Buffer.from([0x7b, 0x22, 0xe3, 0x22, 0x3a, 0x31, 0x7d]))
      return true
    }
    case 'undeclared_charset':
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' })
      response.end(Buffer.from([0x7b, 0x22, 0xe3, 0x22, 0x3a, 0x31, 0x7d]))
      return true
    case 'huge':
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' })
      response.end(Buffer.alloc(4 << 20, 0x20))
      return true
    case 'deep':
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' })
      response.end('{"a":'.repeat(5000) + '1' + '}'.repeat(5000))
      return true
    case 'error_500':
      json(response, 500, {}, error('', 'Object reference not set to an instance of an object.'))
      return true
    case 'unavailable':
      response.writeHead(503, { 'Content-Type': 'text/html' })
      response.end('<html>')
      return true
    case 'duplicate_answer': {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
      const once = `HTTP/1.1 ${status} Twice\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`
      socket.end(once + once)
      return true
    }
    case 'foreign_link':
      json(response, 200, {}, { value: [], '@odata.nextLink': 'http://127.0.0.1:1/odata/v4/Applications' })
      return true
    default:
      return false
  }
}
