import { crc32 } from 'node:zlib'

/** 1 January 1980, the first day a zip can name. */
const DATE = 0x0021
/** A regular file that everybody may read: Lambda runs as somebody else. */
const MODE = 0o100644 << 16

/**
 * A zip archive (PKWARE APPNOTE 6.3.3) of files that are stored as they are: what deflate makes of them differs between versions of zlib,
 * and the artifact must not.
 */
export function zip(entries) {
  const locals = []
  const central = []
  let offset = 0
  for (const { name, bytes } of entries) {
    const path = Buffer.from(name)
    const about = Buffer.alloc(26)
    about.writeUInt16LE(20, 0) // version needed
    about.writeUInt16LE(DATE, 8)
    about.writeUInt32LE(crc32(bytes), 10)
    about.writeUInt32LE(bytes.length, 14)
    about.writeUInt32LE(bytes.length, 18)
    about.writeUInt16LE(path.length, 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), about, path, bytes])
    const more = Buffer.alloc(14)
    more.writeUInt32LE(MODE >>> 0, 6)
    more.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), about, more, path]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}
