import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A CycloneDX 1.6 bill of materials of what esbuild really put into the bundle: every package it took a file from, and every file of ours
 * with its hash. It names no time and no random number, so that it can be reproduced.
 */
export function billOfMaterials({ root, metafile, version, archive }) {
  const inputs = Object.values(metafile.outputs)
    .flatMap(({ inputs: used }) => Object.entries(used))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path)
  const sorted = [...new Set(inputs)].sort()
  const packages = [...new Set(sorted.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))]
  const files = sorted.filter((path) => !path.includes('node_modules/'))
  const own = { type: 'application', name: 'mintlock-lambda', version, licenses: [{ license: { id: 'Apache-2.0' } }] }
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...own, 'bom-ref': 'mintlock-lambda', hashes: hashes(archive) } },
    components: [
      ...packages.map((folder) => component(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))),
      ...files.map((path) => ({ type: 'file', name: path, hashes: hashes(readFileSync(join(root, path))) })),
    ],
  }
  return `${JSON.stringify(bill, undefined, 2)}\n`
}

const hashes = (bytes) => [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }]

function component({ name, version, license }) {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  return { type: 'library', 'bom-ref': purl, name, version, purl, ...(license && { licenses: [{ expression: license }] }) }
}
