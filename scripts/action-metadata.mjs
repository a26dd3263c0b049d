import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

/** `action/action.yml` with an input for every permission that GitHub describes, and its rows for the reference. */
const root = fileURLToPath(new URL('..', import.meta.url))
const [begin, end] = ['  # permissions:begin\n', '  # permissions:end\n']

/** Permissions that GitHub grants and its description of the API leaves out, or has dropped while Apps still have them. */
const BESIDES = { team_discussions: ['read', 'write'], variables: ['read', 'write'] }

export const ACTION = 'action/action.yml'

export function actionMetadata() {
  const text = readFileSync(join(root, ACTION), 'utf8')
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)]
  if (start < 0 || stop < start) throw new Error(`${ACTION} lacks ${begin.trim()} … ${end.trim()}`)
  const inputs = permissions().map(
    ([name, levels]) =>
      `  permission-${name.replaceAll('_', '-')}:\n    description: "Level of ${name.replaceAll('_', ' ')}: ${levels.map((level) => `\`${level}\``).join(' or ')}"\n    required: false\n`,
  )
  return `${text.slice(0, start + begin.length)}${inputs.join('')}${text.slice(stop)}`
}

export const actionInputs = () => rowsOf('inputs', (name) => !name.startsWith('permission-'))
export const actionPermissions = () => rowsOf('inputs', (name) => name.startsWith('permission-'))
export const actionOutputs = () => rowsOf('outputs', () => true)

function permissions() {
  const { components } = JSON.parse(readFileSync(join(root, 'test/vectors/openapi.json'), 'utf8'))
  const described = Object.entries(components.schemas['app-permissions'].properties).map(([name, { enum: levels }]) => [
    name,
    levels,
  ])
  return Object.entries({ ...BESIDES, ...Object.fromEntries(described) }).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Name, meaning and default. */
function rowsOf(member, fits) {
  const entries = Object.entries(parse(actionMetadata())[member])
  return entries
    .filter(([name]) => fits(name))
    .map(([name, { description, default: fallback = '', deprecationMessage }]) => [
      name,
      deprecationMessage === undefined ? description : `${description}. Deprecated: ${deprecationMessage}`,
      fallback,
    ])
}
