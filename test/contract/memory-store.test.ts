import { describe, test } from 'vitest'
import { memoryStore } from '../../src/cache/stores/memory.js'
import { credentialStoreContract } from '../../src/testing/credential-store-contract.js'

credentialStoreContract(
  'C18 memory',
  {
    async open(clock) {
      const store = memoryStore({ clock })
      return {
        handles: [store, store],
        async outliveLease(key) {
          const lease = await store.tryLease(key, 1_000)
          if (!lease) throw new Error('somebody holds it already')
          clock.tick(1_000)
          return lease
        },
      }
    },
  },
  { describe, test },
)
