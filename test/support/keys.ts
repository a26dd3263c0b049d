import { execFileSync } from 'node:child_process'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'

/** One key for everything that does not care which: making one takes long. PKCS#8. */
export const TEST_PEM: string = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()

export const pkcs1 = (pem: string): string => createPrivateKey(pem).export({ type: 'pkcs1', format: 'pem' }).toString()

export const publicPem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString()

/** Every way of writing a key that is accepted. */
export const ACCEPTED_FORMS: readonly (readonly [form: string, write: (pem: string) => string])[] = [
  ['PKCS#8', (pem) => pem],
  ['PKCS#1', pkcs1],
  ['with CRLF', (pem) => pem.replaceAll('\n', '\r\n')],
  ['with literal \\n', (pem) => pem.replaceAll('\n', '\\n')],
  ['with literal \\r\\n', (pem) => pem.replaceAll('\n', '\\r\\n')],
  ['with lines joined by |', (pem) => pem.trim().replaceAll('\n', '|')],
  ['with lines joined by blanks', (pem) => pem.trim().replaceAll('\n', ' ')],
  ['with text around it', (pem) => `Bag Attributes\n  localKeyID: 01\n${pem}\n\n`],
  ['as base64', (pem) => Buffer.from(pem).toString('base64')],
  [
    'as base64 in lines',
    (pem) =>
      (
        Buffer.from(pem)
          .toString('base64')
          .match(/.{1,76}/g) ?? []
      ).join('\n'),
  ],
  ['as base64 of PKCS#1', (pem) => Buffer.from(pkcs1(pem)).toString('base64')],
  ['as base64 of literal \\n', (pem) => Buffer.from(pem.replaceAll('\n', '\\n')).toString('base64')],
  ['as base64url', (pem) => Buffer.from(pem).toString('base64url')],
]

/** What is refused: the text and the words that the error must have. */
export function refusedKeys(marker = 'MARKER'): readonly (readonly [form: string, text: string, words: RegExp])[] {
  const body = Buffer.from(`${marker} `.repeat(20)).toString('base64')
  const block = (label: string, content = body) => `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const encrypted = (type: 'pkcs1' | 'pkcs8') =>
    createPrivateKey(TEST_PEM).export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase: marker }).toString()
  return [
    ['an EC key in SEC1', ec.export({ type: 'sec1', format: 'pem' }).toString(), /EC key/],
    ['an EC key in PKCS#8', ec.export({ type: 'pkcs8', format: 'pem' }).toString(), /ec key/i],
    [
      'an Ed25519 key',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /ed25519 key/i,
    ],
    [
      'an RSA-PSS key',
      generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      /rsa-pss key/i,
    ],
    ['a DSA key', block('DSA PRIVATE KEY'), /DSA key/],
    ['an encrypted PKCS#8 key', encrypted('pkcs8'), /encrypted/],
    ['an encrypted PKCS#1 key', encrypted('pkcs1'), /encrypted/],
    ['a public key', publicPem(), /public key/],
    ['an RSA public key', block('RSA PUBLIC KEY'), /public key/],
    ['a certificate', block('CERTIFICATE'), /certificate/],
    ['an OpenSSH key', block('OPENSSH PRIVATE KEY'), /OpenSSH/],
    ['a PEM of another kind', block(`${marker.toUpperCase()} PARAMETERS`), /not a private key/],
    ['a PEM with garbage in it', block('RSA PRIVATE KEY'), /damaged/],
    ['a PEM that is not base64', block('PRIVATE KEY', `${marker} !?§`), /not base64/],
    ['a PEM cut short', TEST_PEM.slice(0, 600), /no matching END/],
    ['a PEM with its end', TEST_PEM.replace(/[\s\S]{400}(?=\n-----END)/, ''), /damaged/],
    ['garbage', `${marker} is no key at all`, /not PEM/],
    ['base64 of garbage', Buffer.from(`${marker} `.repeat(20)).toString('base64'), /not PEM/],
    ['a path', `/etc/${marker}/app.pem`, /path/],
    ['a path below home', `~/${marker}.pem`, /path/],
    ['JSON', `{"key": "${marker}"}`, /JSON/],
    ['blanks', '   \n ', /empty/],
  ]
}

/** OpenSSH's own form of a real key, where `ssh-keygen` is installed. */
export function opensshKey(folder: string): string | undefined {
  try {
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-N', '', '-f', `${folder}/id`])
    return execFileSync('cat', [`${folder}/id`]).toString()
  } catch {
    return undefined
  }
}
