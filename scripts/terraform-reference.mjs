import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Rows of the Terraform module's inputs and outputs, from its HCL as `terraform fmt` leaves it. */
const folder = fileURLToPath(new URL('../terraform', import.meta.url))
const text = readdirSync(folder)
  .filter((name) => name.endsWith('.tf'))
  .map((name) => name.slice(0, -'.tf'.length))
  .sort()
  .map((name) => readFileSync(join(folder, `${name}.tf`), 'utf8'))
  .join('\n')

export const terraformInputs = () =>
  blocks('variable').map(({ name, body }) => [
    code(name),
    about(body),
    code(attribute(body, 'type')),
    /^ {2}default +=/m.test(body) ? code(attribute(body, 'default')) : 'required',
  ])

export const terraformOutputs = () => blocks('output').map(({ name, body }) => [code(name), about(body)])

/** Top-level blocks begin and end at the margin; what must be said comes before what may be. */
function blocks(kind) {
  const found = [...text.matchAll(new RegExp(`^${kind} "(\\w+)" \\{\\n([\\s\\S]*?)^\\}`, 'gm'))]
  const all = found.map(([, name, body]) => ({ name, body }))
  if (all.length === 0) throw new Error(`terraform/ has no ${kind}`)
  const rank = ({ body }) => (kind === 'variable' && /^ {2}default +=/m.test(body) ? 1 : 0)
  return all.toSorted((a, b) => rank(a) - rank(b))
}

const about = (body) => JSON.parse(attribute(body, 'description'))

/** What stands on one line, or on several up to the brackets that close at the attribute's own depth; on one line either way. */
function attribute(body, name) {
  const [, value] = new RegExp(`^ {2}${name} += (.*[({\\[]\\n[\\s\\S]*?^ {2}[)}\\]]+|.*)$`, 'm').exec(body) ?? []
  if (value === undefined) throw new Error(`a block in terraform/ lacks ${name}`)
  const lines = value.split('\n').map((line) => line.trim().replace(/ +=/, ' ='))
  return lines.reduce((all, line) => `${all}${/[({[]$/.test(all) || /^[)}\]]/.test(line) ? ' ' : ', '}${line}`)
}

const code = (value) => `\`${value}\``
