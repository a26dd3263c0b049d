import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { fileStore } from '../../src/cache/stores/file.js'
import { credentialStoreContract } from '../../src/testing/credential-store-contract.js'
import { type BundledChild, bundledChild, Child, temporaryFolder } from '../processes/bundled-child.js'

let holder: BundledChild
beforeAll(async () => {
  holder = await bundledChild('./file-store-child.ts')
})
afterAll(() => holder.remove())

credentialStoreContract(
  'C18 file',
  {
    async open(clock) {
      const folder = temporaryFolder()
      const directory = join(folder, 'cache')
      return {
        handles: [fileStore(directory, { clock }), fileStore(directory, { clock })],
        async killHolder(key) {
          const child = new Child(holder.path, ['hold', directory, key])
          if ((await child.next()) !== 'held') throw new Error('somebody holds it already')
          await child.end('SIGKILL')
        },
        dispose: () => rm(folder, { recursive: true, force: true }),
      }
    },
  },
  { describe, test },
)
