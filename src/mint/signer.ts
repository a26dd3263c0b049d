/** What proves that we are the App. The key may live in a file, an environment variable or a key service. */
export interface Signer {
  /**
   * RSASSA-PKCS1-v1_5 with SHA-256 (RS256, RFC 7518 section 3.3) over `data`. A key service is given `limitMs` milliseconds at most, or its
   * own limit where that is less.
   */
  sign(data: Uint8Array, limitMs?: number): Promise<Uint8Array>
  /** Reads the key again at the next signature: it may have been rotated. */
  reload(): void
}
