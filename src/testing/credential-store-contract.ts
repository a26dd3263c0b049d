import { clauses, type StoreBackend } from './credential-store-clauses.js'
import { TestClock } from './test-clock.js'

/** A store under test. `clock` is what its expiries are to be read against. */
export interface StoreHarness {
  open(clock: TestClock): Promise<StoreBackend>
}

/** As `node:test` and vitest have them. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

/**
 * Proves clauses S1 to S11 of `CredentialStore` on any implementation and with any test runner:
 *
 * ```ts
 * credentialStoreContract('memory', { open: async (clock) => … }, { describe, test })
 * ```
 */
export function credentialStoreContract(name: string, harness: StoreHarness, runner: TestRunner): void {
  runner.describe(`${name}: credential store contract`, () => {
    for (const [title, prove] of clauses()) {
      runner.test(title, async () => {
        const clock = new TestClock()
        const backend = await harness.open(clock)
        const [a, b] = backend.handles
        try {
          await prove({ a, b, clock, backend })
        } finally {
          await a.close()
          if (b !== a) await b.close()
          await backend.dispose?.()
        }
      })
    }
  })
}
