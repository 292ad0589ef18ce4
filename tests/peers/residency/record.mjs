// What the department has: applications in a NeDB file, and every effect, in order, in a file of its own that a test can count.
// Both are written before anybody is answered, and read again when the process starts.

import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export class Record {
  static async open (require, folder) {
    const Datastore = require('@seald-io/nedb')
    const record = new Record()
    record.applications = new Datastore({ filename: join(folder, 'applications.db') })
    await record.applications.loadDatabaseAsync()
    record.file = join(folder, 'effects.jsonl')
    const written = existsSync(record.file) ? readFileSync(record.file, 'utf8') : ''
    record.effects = written.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    return record
  }

  effect (effect, reference, more = {}) {
    const entry = { effect, reference, at: new Date().toISOString(), ...more }
    appendFileSync(this.file, JSON.stringify(entry) + '\n')
    this.effects.push(entry)
  }

  find (reference) {
    return this.applications.findOneAsync({ _id: reference })
  }

  // A change that the department makes by itself.
  async change (reference, properties) {
    await this.applications.updateAsync({ _id: reference }, { $set: properties })
  }

  async everything () {
    return { applications: await this.applications.findAsync({}).sort({ SubmittedAt: 1, _id: 1 }), effects: this.effects }
  }
}
