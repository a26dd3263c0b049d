import type { CredentialStore } from '../../model/credential-store.js'

/** Keeps nothing and locks nothing: every ask is a mint. For comparing, and for those who must not leave anything on a disk. */
export const noneStore: CredentialStore = {
  local: true,
  read: async () => undefined,
  write: async () => {},
  delete: async () => {},
  tryLease: async () => ({ exclusive: true, release: async () => {} }),
  list: async () => [],
  close: async () => {},
}
