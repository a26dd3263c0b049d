/** Whether a host, with or without a port, as the URL standard writes it, is an address of this machine. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|\[::1\]|127\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::\d+)?$/.test(host)
}
