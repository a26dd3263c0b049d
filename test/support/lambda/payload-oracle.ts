import fc from 'fast-check'

/** Written another way than the rule: by a grammar over the text, not by looking at bytes. */
export const oracle = (bytes: Uint8Array): boolean =>
  /^[ \t\r\n]*(?:null[ \t\r\n]*)?$/.test(Buffer.from(bytes).toString('latin1'))

const SCRAPS = [
  'null',
  'nul',
  'l',
  'N',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '\v',
  '\f',
  '\u00a0',
  '\ufeff',
  '{}',
  '"',
  '0',
  'false',
  '\u2028',
]
const scraps = fc.array(fc.constantFrom(...SCRAPS), { maxLength: 5 }).map((parts) => Buffer.from(parts.join('')))
const padded = fc
  .tuple(fc.stringMatching(/^[ \t\r\n]{0,4}$/), fc.constantFrom('null', '', 'nulL', 'null '), fc.uint8Array({ maxLength: 1 }))
  .map(([space, word, extra]) => Buffer.concat([Buffer.from(space + word), extra, Buffer.from(space)]))
export const payloadBytes = fc.oneof(scraps, padded, fc.uint8Array({ maxLength: 12 }))
