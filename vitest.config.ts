import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Two cores: the process tests start dozens of children each and must not compete with one another.
    maxWorkers: 2,
    reporters: ['default'],
  },
})
