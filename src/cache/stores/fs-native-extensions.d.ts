/** The one function that is used of an optional dependency which ships no types. */
declare module 'fs-native-extensions' {
  /** An exclusive lock on the whole open file; false when another open file holds it. Throws what the system answered otherwise. */
  export function tryLock(fd: number): boolean
}
