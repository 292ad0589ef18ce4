// The OData service: simple-odata-server, and before it what that does not do: tokens, PUT, conditions and ETags, pages, and
// a 404 for an entity that is not there.

import { Writable } from 'node:stream'

import { after, before } from './faults.mjs'
import { begin, decide, refusal, withdrawable } from './rules.mjs'

const text = { type: 'Edm.String' }
const properties = {
  _id: { type: 'Edm.String', key: true },
  Reference: text,
  Kind: text,
  HolderNameAr: text,
  HolderNameEn: text,
  HolderEmiratesId: text,
  SponsorNameAr: text,
  SponsorLicenceNo: text,
  ResidenceFileNo: text,
  Years: { type: 'Edm.Int32' },
  SponsorFileNo: text,
  MakaniNo: text,
  Unit: text,
  MoveDate: { type: 'Edm.Date' },
  SubmittedAt: { type: 'Edm.DateTimeOffset' },
  Status: text,
  PermitNo: text,
  ValidFrom: { type: 'Edm.Date' },
  ValidUntil: { type: 'Edm.Date' },
  FeePaid: { type: 'Edm.Decimal' },
  RefusalCode: text,
  RequiredFields: text,
  RemarksAr: text,
  RemarksEn: text,
  DecidedAt: { type: 'Edm.DateTimeOffset' },
  WithdrawnAt: { type: 'Edm.DateTimeOffset' },
  WithdrawalReason: text,
  Collected: { type: 'Edm.Boolean' },
  Version: { type: 'Edm.Int32' }
}
const THEIRS = ['Status', 'PermitNo', 'ValidFrom', 'ValidUntil', 'FeePaid', 'RefusalCode', 'RequiredFields', 'RemarksAr',
  'RemarksEn', 'DecidedAt', 'WithdrawnAt', 'WithdrawalReason', 'Collected', 'Version', '_id']

export function permits (require, root, record, issuer, faults) {
  const server = require('simple-odata-server')(root)
  server.model({
    namespace: 'residency',
    entityTypes: { Application: properties },
    entitySets: { Applications: { entityType: 'residency.Application' } }
  })
  const db = record.applications
  server.query((set, query, request, done) => {
    let found = db.find(query.$filter, query.$select)
    if (query.$sort) found = found.sort(query.$sort)
    if (query.$skip) found = found.skip(query.$skip)
    if (query.$limit) found = found.limit(query.$limit)
    found.exec(done)
  })
  server.insert((set, document, request, done) => db.insert(document, done))
  server.update((set, query, update, request, done) => db.update(query, update, {}, done))
  server.remove((set, query, request, done) => done(new Error('nothing is ever removed')))

  // Hands a request to the server and gives what it answered.
  const served = (request, method, url, body) =>
    new Promise((resolve) => {
      const sink = new Writable({ write: (chunk, coding, next) => next() })
      const answer = { headers: {} }
      sink.setHeader = (name, value) => { answer.headers[name] = value }
      sink.end = (text) => resolve({ ...answer, status: sink.statusCode, body: text ? JSON.parse(text) : null })
      server.handle({ method, url, originalUrl: url, headers: request.headers, protocol: 'http', body }, sink)
    })
  const etag = (document) => `W/"${document.Version}"`
  const problem = (status, code, ar, en, target) => ({
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8' },
    body: { error: { code, message: ar, target, details: en ? [{ code: 'en', message: en }] : [] } }
  })
  const unknown = () => problem(404, 'RES-404', 'لا توجد معاملة بهذا المرجع', 'No application under this reference')
  const moved = () => problem(412, 'RES-412', 'تغيرت المعاملة', 'The application has changed')

  async function put (request, reference, url, given) {
    const now = await record.find(reference)
    const application = { ...given }
    THEIRS.forEach((name) => delete application[name])
    if (request.headers['if-none-match'] === '*' && now) return moved()
    if (request.headers['if-match'] && request.headers['if-match'] !== (now && etag(now))) return moved()
    if (application.Reference !== reference) return problem(400, 'RES-500', 'المرجع لا يطابق العنوان')
    const no = refusal(application)
    if (no) return problem(no.status, no.code, no.ar, no.en, no.target)
    const state = begin(application)
    if (state.DecidedAt) record.effect('decided', reference, { status: state.Status })
    if (!now) {
      const whole = { _id: reference, ...application, ...state, Version: 1 }
      record.effect('created', reference)
      const answer = await served(request, 'POST', '/odata/v4/Applications', whole)
      return { ...answer, headers: { ...answer.headers, ETag: etag(whole) } }
    }
    if (request.headers['if-match'] && now.Status !== 'INFORMATION_REQUIRED') {
      return problem(409, 'RES-300', 'لا يمكن تعديل المعاملة', 'The application cannot be changed any more')
    }
    // Without a condition it overwrites: an adapter that forgets the condition is seen in the record.
    record.effect(request.headers['if-match'] ? 'replaced' : 'created', reference)
    const whole = { ...application, ...state, Version: now.Version + 1, RequiredFields: null, DecidedAt: state.DecidedAt ?? null }
    const answer = await served(request, 'PATCH', url, whole)
    return { ...answer, headers: { ...answer.headers, ETag: etag(whole) } }
  }

  async function patch (request, reference, url, given) {
    const now = await record.find(reference)
    if (!now) return unknown()
    if (!request.headers['if-match']) return problem(428, 'RES-428', 'الشرط مطلوب', 'A condition is required')
    if (request.headers['if-match'] !== etag(now)) return moved()
    const change = { Version: now.Version + 1 }
    if (given.Status === 'WITHDRAWN') {
      if (!withdrawable(now)) return problem(409, 'RES-301', 'طُبع التصريح وسُلّم', 'The permit has been printed and handed over')
      Object.assign(change, { Status: 'WITHDRAWN', WithdrawalReason: given.WithdrawalReason, WithdrawnAt: new Date().toISOString(), Collected: true })
      record.effect('withdrawn', reference)
    } else if (given.Collected === true) {
      change.Collected = true
      record.effect('collected', reference, { status: now.Status })
    } else {
      return problem(400, 'RES-500', 'لا يمكن تعديل هذا الحقل', 'This property cannot be changed')
    }
    const answer = await served(request, 'PATCH', url, change)
    return { ...answer, headers: { ...answer.headers, ETag: etag(change) } }
  }

  async function read (request, reference, url) {
    const now = await record.find(reference)
    if (!now) return unknown()
    const answer = await served(request, 'GET', url)
    return { ...answer, headers: { ...answer.headers, ETag: etag(now) }, body: { ...answer.body, '@odata.etag': etag(now) } }
  }

  async function list (request, url) {
    const from = Number(url.searchParams.get('$skip') ?? 0)
    const asked = new URL(url)
    asked.searchParams.set('$skip', from)
    asked.searchParams.set('$top', faults.pageSize)
    const answer = await served(request, 'GET', asked.pathname + asked.search)
    if (answer.status !== 200) return answer
    const value = answer.body.value.map((document) => ({ '@odata.etag': etag(document), ...document }))
    if (value.length === faults.pageSize) {
      asked.searchParams.delete('$top')
      asked.searchParams.set('$skip', from + faults.pageSize)
      answer.body['@odata.nextLink'] = `Applications${asked.search}`
    }
    return { ...answer, body: { ...answer.body, value } }
  }

  // The officer decides what has waited long enough.
  async function decideDue () {
    if (faults.decideAfter === null) return
    const before = new Date(Date.now() - faults.decideAfter).toISOString()
    const due = await db.findAsync({ Status: 'PENDING' })
    for (const document of due) {
      const since = record.effects.filter((effect) => effect.reference === document._id && /created|replaced/.test(effect.effect)).pop()
      if (since.at <= before) await decideOne(document)
    }
  }

  async function decideOne (document, decision = decide(document)) {
    record.effect('decided', document._id, { status: decision.Status })
    await record.change(document._id, { ...decision, Version: document.Version + 1 })
  }

  async function execute (operation, request, reference, url, body) {
    if (operation === 'PUT') return put(request, reference, url.pathname, body)
    if (operation === 'PATCH') return patch(request, reference, url.pathname, body)
    if (operation === 'READ') {
      await decideDue()
      return read(request, reference, url.pathname)
    }
    await decideDue()
    return list(request, url)
  }

  // One call at a time: what is read for a condition is so until the change is made.
  let last = Promise.resolve()
  const inTurn = (task) => {
    const done = last.then(task)
    last = done.catch(() => {})
    return done
  }

  async function answer (request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url, root)
    const key = /^\/odata\/v4\/Applications\(([^)]*)\)$/.exec(url.pathname)?.[1]
    const reference = key && decodeURIComponent(key).replace(/^'|'$/g, '').replace(/''/g, "'")
    const operation = { PUT: 'PUT', PATCH: 'PATCH', GET: reference ? 'READ' : 'LIST' }[request.method] ?? 'OTHER'
    const fault = faults.next(operation)
    if (await before(fault, request, response)) return
    let said
    if (!(await issuer.admits(request.headers.authorization))) {
      said = problem(401, 'RES-401', 'رمز الدخول غير صالح')
      said.headers['WWW-Authenticate'] = 'Bearer error="invalid_token"'
    } else if (operation === 'OTHER' || (operation !== 'LIST' && !reference) || !url.pathname.startsWith('/odata/v4/Applications')) {
      said = problem(405, 'RES-501', 'عملية غير معروفة')
    } else {
      const body = chunks.length ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : null
      said = await inTurn(() => execute(operation, request, reference, url, body))
      faults.carriedOut(operation)
    }
    const bytes = Buffer.from(said.body === null ? '' : JSON.stringify(said.body))
    if (await after(fault, response, said.status, said.headers, bytes)) return
    response.writeHead(said.status, said.headers)
    response.end(bytes)
  }

  const failed = (response) => (error) => {
    console.error(error)
    if (!response.headersSent) response.writeHead(500)
    response.end()
  }
  return {
    answer: (request, response) => answer(request, response).catch(failed(response)),
    decide: (reference, decision) => inTurn(async () => {
      const document = await record.find(reference)
      if (document) await decideOne(document, { ...decide(document), ...decision })
    })
  }
}
