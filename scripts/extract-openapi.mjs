import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Cuts GitHub's OpenAPI description down to the operations that the simulator serves and writes test/vectors/openapi.json:
 * response schemas as JSON Schema (OpenAPI 3.0's `nullable` turned into a null type), prose and examples removed.
 *
 *   npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
 *   node scripts/extract-openapi.mjs package/generated/api.github.com.json
 */
const OPERATIONS = [
  ['get', '/app'],
  ['get', '/app/installations'],
  ['get', '/app/installations/{installation_id}'],
  ['post', '/app/installations/{installation_id}/access_tokens'],
  ['get', '/repos/{owner}/{repo}/installation'],
  ['get', '/orgs/{org}/installation'],
  ['get', '/users/{username}/installation'],
  ['delete', '/installation/token'],
  ['get', '/installation/repositories'],
  ['get', '/rate_limit'],
  ['get', '/repos/{owner}/{repo}'],
  ['get', '/repos/{owner}/{repo}/contents/{path}'],
  ['get', '/meta'],
]
const PROSE = new Set(['description', 'example', 'examples', 'externalDocs', 'deprecated', 'discriminator', 'title'])
const SCHEMA_PREFIX = '#/components/schemas/'

const [source] = process.argv.slice(2)
if (source === undefined) {
  console.error('usage: node scripts/extract-openapi.mjs <api.github.com.json>')
  process.exit(64)
}
const description = JSON.parse(readFileSync(source, 'utf8'))
const wanted = new Set(['basic-error', 'validation-error', 'enterprise'])
const operations = Object.fromEntries(
  OPERATIONS.map(([method, path]) => [`${method.toUpperCase()} ${path}`, answersOf(method, path)]),
)
const schemas = {}
for (const name of wanted) schemas[name] = schemaOf(description.components.schemas[name]) // grows while it is walked

const target = fileURLToPath(new URL('../test/vectors/openapi.json', import.meta.url))
const { title, version } = description.info
const text = JSON.stringify({ source: { title, version }, operations, components: { schemas } })
writeFileSync(target, `${text}\n`)
console.log(`${Object.keys(operations).length} operations, ${wanted.size} schemas, ${text.length} bytes`)

/** Status to schema; `null` where the description promises no JSON body. */
function answersOf(method, path) {
  const { responses } = description.paths[path][method]
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { content } = response.$ref === undefined ? response : atPointer(response.$ref)
      const schema = content?.['application/json']?.schema
      return [status, schema === undefined ? null : schemaOf(schema)]
    }),
  )
}

function schemaOf(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(SCHEMA_PREFIX.length)
    wanted.add(name)
    return { $ref: schema.$ref }
  }
  const { nullable, ...rest } = isUserAndEnterprise(schema) ? { ...schema, allOf: undefined, anyOf: schema.allOf } : schema
  const kept = Object.fromEntries(
    Object.entries(rest).flatMap(([key, value]) =>
      value === undefined || PROSE.has(key) || key.startsWith('x-') ? [] : [[key, memberOf(key, value)]],
    ),
  )
  return nullable === true ? orNull(kept) : kept
}

/** A slip of the description: one inlined copy of an installation's account asks for all of what the component asks for any of. */
function isUserAndEnterprise({ allOf }) {
  return allOf?.map(({ title }) => title).join() === 'Simple User,Enterprise'
}

function memberOf(key, value) {
  if (key === 'properties') return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, schemaOf(schema)]))
  if (['allOf', 'anyOf', 'oneOf'].includes(key)) return value.map(schemaOf)
  if (['items', 'additionalProperties', 'not'].includes(key) && typeof value === 'object') return schemaOf(value)
  return value
}

function orNull(schema) {
  return { anyOf: [schema, { type: 'null' }] }
}

function atPointer(pointer) {
  return pointer
    .slice(2)
    .split('/')
    .reduce((value, key) => value[key], description)
}
