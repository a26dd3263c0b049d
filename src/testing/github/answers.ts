import { encodeJson, type Json } from './json.js'

/** One HTTP answer. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Thrown by a handler that will not go on: carries what to answer. */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(answer: Answer) {
    super(`answered ${answer.status}`)
    this.answer = answer
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'
const DOCUMENTATION = 'https://docs.github.com/rest'

export function jsonAnswer(status: number, value: Json, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': JSON_TYPE, ...headers }, body: encodeJson(value) }
}

export function textAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: text }
}

export function emptyAnswer(status: number): Answer {
  return { status, headers: {}, body: '' }
}

/** An error in GitHub's form: `message`, `documentation_url`, `status`. */
export function problem(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return jsonAnswer(status, { message, documentation_url: DOCUMENTATION, status: String(status) }, headers)
}

export function notFound(): Answer {
  return problem(404, 'Not Found')
}

/** Ends the handling of a request with an error in GitHub's form. */
export function refuse(status: number, message: string, headers: Readonly<Record<string, string>> = {}): never {
  throw new Refusal(problem(status, message, headers))
}

/** 301 in GitHub's form. */
export function movedPermanently(location: string): Answer {
  return jsonAnswer(
    301,
    { message: 'Moved Permanently', url: location, documentation_url: DOCUMENTATION, status: '301' },
    { location },
  )
}
