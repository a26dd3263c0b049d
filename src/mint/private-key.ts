import { createPrivateKey, type KeyObject } from 'node:crypto'
import { TokenError } from '../kernel/errors.js'
import type { Secret } from '../kernel/secret.js'

const EXPECTED = 'expected an RSA private key in PEM form (BEGIN RSA PRIVATE KEY or BEGIN PRIVATE KEY)'

/** Labels that are keys, but not one an App signs with: refused by name. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['ENCRYPTED PRIVATE KEY', 'the private key is encrypted: decrypt it first (openssl pkey -in key.pem -out plain.pem)'],
  ['EC PRIVATE KEY', 'this is an EC key: GitHub Apps sign with RSA'],
  ['DSA PRIVATE KEY', 'this is a DSA key: GitHub Apps sign with RSA'],
  ['OPENSSH PRIVATE KEY', "this is an OpenSSH key: use the .pem file from the App's settings page"],
  ['PUBLIC KEY', 'this is a public key: the private one is needed'],
  ['RSA PUBLIC KEY', 'this is a public key: the private one is needed'],
  ['CERTIFICATE', 'this is a certificate: the private key is needed'],
])

/**
 * Parses an App's private key: PKCS#1 or PKCS#8 PEM, with LF, CRLF, literal `\n`, `|` or blanks between its lines, or base64 of any
 * of these.
 *
 * @throws TokenError `ERR_KEY_INVALID` which says what was found instead, never with anything of it.
 */
export function parsePrivateKey(text: Secret): KeyObject {
  const given = text.reveal().trim()
  const pem = findPem(given) ?? findPem(fromBase64(given))
  if (!pem) throw invalid(`${looksLike(given)}; ${EXPECTED}`)
  const { label, body } = pem
  const refusal = /Proc-Type:\s*4,\s*ENCRYPTED/i.test(body) ? REFUSED.get('ENCRYPTED PRIVATE KEY') : REFUSED.get(label)
  if (refusal !== undefined) throw invalid(refusal)
  if (label !== 'RSA PRIVATE KEY' && label !== 'PRIVATE KEY') throw invalid(`the PEM is not a private key; ${EXPECTED}`)
  const key = parse(label, body.replace(/\\r|\\n|[|\s]/g, ''))
  if (key.asymmetricKeyType !== 'rsa') throw invalid(`this is a ${key.asymmetricKeyType} key: GitHub Apps sign with RSA`)
  return key
}

/** The first PEM block (RFC 7468), in one pass over the text. */
function findPem(text: string): { label: string; body: string } | undefined {
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(text)
  if (!begin) return undefined
  const [line, label = ''] = begin
  const start = begin.index + line.length
  const end = text.indexOf(`-----END ${label}-----`, start)
  return end === -1 ? undefined : { label, body: text.slice(start, end) }
}

function parse(label: string, base64: string): KeyObject {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw invalid(`the PEM has characters that are not base64; ${EXPECTED}`)
  try {
    const lines = base64.match(/.{1,64}/g) ?? []
    return createPrivateKey(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`)
  } catch {
    throw invalid(`the PEM is cut short or damaged; ${EXPECTED}`)
  }
}

/** Empty unless the text is base64 all through. */
function fromBase64(text: string): string {
  const packed = text.replace(/\s/g, '')
  return /^[A-Za-z0-9+/_-]{64,}={0,2}$/.test(packed) ? Buffer.from(packed, 'base64').toString('latin1') : ''
}

function looksLike(text: string): string {
  if (text === '') return 'the key is empty'
  if (/^(?:\/|~|\.{1,2}\/|[A-Za-z]:\\)\S*$/.test(text)) return 'this is a path, write it as file:/path'
  if (text.startsWith('{')) return 'this is JSON'
  return text.includes('-----BEGIN') ? 'the PEM has no matching END line' : 'this is not PEM'
}

const invalid = (found: string) => new TokenError('ERR_KEY_INVALID', `private key: ${found}`)
