import { FAULT_NAMES, type Fault } from '../../src/testing/index.js'

/** Planted in everything that the simulator answers wrongly. */
export const MARKER = 'MARKERq7Zx1'

/** One wrong answer and what `mintlock token` exits with because of it. */
export interface WrongAnswer {
  readonly name: string
  readonly answer: Fault['answer']
  readonly token: number
  /** Where that differs: what the look-up of the installation, and `mintlock revoke`, exit with. */
  readonly lookUp?: number
  readonly revoke?: number
  readonly location?: string
}

type Codes = Pick<WrongAnswer, 'token' | 'lookUp' | 'revoke'>
const OUTAGE: Codes = { token: 75 }
const INVALID: Codes = { token: 76 }

/** Every row of the table of failures in github.md, by the simulator's names. */
const NAMED: Readonly<Record<(typeof FAULT_NAMES)[number], Codes>> = {
  'transient-404': { token: 77, revoke: 0 },
  'bad-credentials-401': { token: 77, revoke: 0 },
  'exp-401': { token: 75, revoke: 0 },
  'iat-401': { token: 75, revoke: 0 },
  'suspended-403': { token: 77 },
  'secondary-403': OUTAGE,
  'secondary-403-bare': OUTAGE,
  'rate-429': OUTAGE,
  'primary-403': OUTAGE,
  'forbidden-403': INVALID,
  'unprocessable-422': { token: 77, lookUp: 76, revoke: 76 },
  '500': OUTAGE,
  '502': OUTAGE,
  '503': OUTAGE,
  hang: OUTAGE,
  reset: OUTAGE,
  'reset-mid-body': OUTAGE,
  oversized: INVALID,
  'html-200': INVALID,
  'not-json-201': INVALID,
  'non-utf8-201': INVALID,
  'empty-201': INVALID,
  'no-token-201': INVALID,
  'past-expiry-201': INVALID,
  'bad-expiry-201': INVALID,
  'redirect-301': INVALID,
  'redirect-302': INVALID,
  'redirect-307': INVALID,
}

/** A grant as it should be, but for `changes`; its token is the marker. */
const grant = (changes: Record<string, unknown>): WrongAnswer['answer'] => ({
  status: 201,
  body: {
    token: `ghs_${MARKER}`.padEnd(40, '0'),
    expires_at: '2099-01-01T00:00:00Z',
    permissions: { contents: 'read', metadata: 'read' },
    repository_selection: 'selected',
    repositories: [
      { name: 'widgets', full_name: 'acme/widgets' },
      { name: 'gadgets', full_name: 'acme/gadgets' },
    ],
    ...changes,
  } as never,
})

/** Where an answer can carry text besides its body, and fields of a body that are read. */
const WRITTEN: readonly WrongAnswer[] = [
  { name: 'a marker as expires_at', answer: grant({ expires_at: MARKER }), token: 76 },
  {
    name: 'a marker as the name of a repository',
    answer: grant({ repositories: [{ name: MARKER, full_name: `acme/${MARKER}` }] }),
    token: 76,
  },
  {
    name: "a marker as a repository's owner",
    answer: grant({ repositories: [{ name: 'widgets', full_name: `${MARKER}/widgets` }] }),
    token: 76,
  },
  { name: 'a marker as a permission', answer: grant({ permissions: { [MARKER.toLowerCase()]: 'read' } }), token: 76 },
  { name: 'a marker as a level', answer: grant({ permissions: { contents: MARKER } }), token: 76 },
  { name: 'a marker as an id', answer: { status: 200, body: { id: MARKER } }, token: 76 },
  {
    name: 'a marker in Retry-After',
    answer: { status: 429, headers: { 'retry-after': MARKER }, body: { message: MARKER } },
    token: 75,
  },
  {
    name: 'a marker in the rate limit headers',
    answer: {
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': MARKER },
      body: { message: `rate limit ${MARKER}` },
    },
    token: 75,
  },
  {
    name: 'a marker in Location',
    answer: { status: 302, headers: { location: `/${MARKER}?${MARKER}` }, body: MARKER },
    token: 76,
  },
  {
    name: 'a marker in Date',
    answer: { status: 401, headers: { date: MARKER }, body: { message: `exp ${MARKER}` } },
    token: 75,
    revoke: 0,
  },
  { name: 'a marker as plain text', answer: { status: 418, body: MARKER }, token: 76 },
  {
    name: 'a marker in a message that is no text',
    answer: { status: 500, body: { message: { [MARKER]: [MARKER] } } },
    token: 75,
  },
]

export const WRONG_ANSWERS: readonly WrongAnswer[] = [
  ...FAULT_NAMES.map((name) => ({ name, answer: name, ...NAMED[name] })),
  ...WRITTEN,
]
