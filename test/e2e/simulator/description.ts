import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import formats from 'ajv-formats'
import type { Reply } from './client.js'

interface Description {
  readonly operations: Readonly<Record<string, Readonly<Record<string, object | null>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const description: Description = JSON.parse(readFileSync(new URL('../../vectors/openapi.json', import.meta.url), 'utf8'))
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
formats.default(ajv)

export const DESCRIBED_OPERATIONS = Object.keys(description.operations)

/** What GitHub's description says against the answer; empty when it agrees. Errors it does not list must be a `basic-error`. */
export function complaints(operation: string, reply: Reply): string[] {
  const answers = description.operations[operation]
  if (answers === undefined) return [`${operation} is not described`]
  const described = answers[String(reply.status)]
  if (described === null) return reply.text === '' ? [] : ['a body where none is described']
  if (described === undefined && reply.status < 400) return [`${reply.status} is not described`]
  if (!/^application\/json/.test(reply.headers['content-type'] ?? '')) return ['the content type is not JSON']
  return against(
    described ?? { $ref: '#/components/schemas/basic-error', required: ['message', 'documentation_url'] },
    reply.json,
  )
}

function against(schema: object, value: unknown): string[] {
  const validate = ajv.compile({ components: description.components, allOf: [schema] })
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
