import { TokenError } from '../kernel/errors.js'
import { Secret } from '../kernel/secret.js'

/** Where a private key is: `file:/path.pem`, `env:NAME`, `ssm:/path`, `awskms:KEY`, or the PEM itself. */
export type KeyReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'ssm'; readonly name: string }
  | { readonly kind: 'awskms'; readonly keyId: string }
  | { readonly kind: 'text'; readonly text: Secret }

/**
 * Parses a reference; text that is none is taken for the key itself, so that it may be given directly.
 *
 * @throws TokenError `ERR_CONFIG_INVALID`, without showing the value: it may be the key.
 */
export function parseKeyReference(value: string): KeyReference {
  const [, scheme = '', rest = ''] = /^([a-z0-9]{2,10}):(?!\/\/)(.*)$/s.exec(value) ?? []
  if (scheme === 'file') {
    if (!rest.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(rest))
      throw invalid('file: needs an absolute path, as in file:/etc/mintlock/app.pem')
    return { kind: 'file', path: rest }
  }
  if (scheme === 'env') {
    // Longer than any name in use: the key itself, pasted behind env:, must not come back in a message as a name.
    if (!/^(?!gh[a-z]_)[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(rest))
      throw invalid('env: needs the name of an environment variable, as in env:APP_KEY')
    return { kind: 'env', name: rest }
  }
  if (scheme === 'ssm') return { kind: 'ssm', name: parseParameterName(rest) }
  if (value.startsWith('awskms:')) return { kind: 'awskms', keyId: parseKmsKeyId(value.replace(/^awskms:(?:\/{3})?/, '')) }
  if (/^[a-z0-9]{2,10}:\/{0,3}[^\s]{1,2048}$/.test(value))
    throw invalid('known forms are file:/path, env:NAME, ssm:/path, awskms:KEY and the PEM itself')
  if (value === '') throw invalid('it is empty')
  return { kind: 'text', text: new Secret(value) }
}

/** An absolute name of SSM Parameter Store, literally. */
export function parseParameterName(text: string): string {
  // A token or a key that was pasted here by mistake must not come back in a message as a name.
  if (!/^(?!.*gh[a-z]_[A-Za-z0-9]{20})\/[A-Za-z0-9_.\-/]{1,1010}$/.test(text))
    throw invalid('ssm: needs the absolute name of a parameter, as in ssm:/mintlock/app/private-key-pem')
  return text
}

/** A KMS key by id, alias, or ARN of either. */
export function parseKmsKeyId(text: string): string {
  const arn = /^arn:aws[a-z-]{0,20}:kms:[a-z0-9-]{1,30}:\d{12}:(.+)$/.exec(text)
  const name = arn?.[1] ?? text
  const sound = arn ? /^(?:key\/[A-Za-z0-9-]{1,64}|alias\/[\w/-]{1,250})$/ : /^(?:[A-Za-z0-9-]{1,64}|alias\/[\w/-]{1,250})$/
  if (!sound.test(name)) throw invalid('awskms: needs the id, alias or ARN of a KMS key, as in awskms:alias/mintlock')
  return text
}

const invalid = (what: string) => new TokenError('ERR_CONFIG_INVALID', `key reference: ${what}`)
