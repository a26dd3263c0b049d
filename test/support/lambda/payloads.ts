/** Payloads and what the rule says to them. `parses`: whether they are JSON, the only thing that the managed runtime can read. */
export interface Payload {
  readonly name: string
  readonly payload: string
  readonly accepted: boolean
  readonly parses: boolean
}

const row = (payload: string, accepted: boolean): Payload => {
  let parses = true
  try {
    JSON.parse(payload)
  } catch {
    parses = false
  }
  return { name: JSON.stringify(payload), payload, accepted, parses }
}

export const PAYLOADS: readonly Payload[] = [
  ...['', 'null', '   ', ' null ', '\tnull\n', '\r\nnull'].map((text) => row(text, true)),
  ...['{}', '[]', '""', '"hi"', '"null"', '0', '-0', 'false', 'true', '[null]', '{"repository":"acme/gadgets"}'].map((text) =>
    row(text, false),
  ),
  ...['Null', 'NULL', 'nul', 'nulll', 'null\0', '\ufeffnull', '\ufeff', '\u00a0null', 'null\u00a0', 'null\v', 'nu ll', '\0'].map(
    (text) => row(text, false),
  ),
]
