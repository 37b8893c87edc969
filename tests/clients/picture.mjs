// What a picture says of itself: its format and pixel size, read from its first bytes.
import assert from 'node:assert/strict';

export function picture(bytes) {
  const data = Buffer.from(bytes);
  if (data.readUInt16BE(0) === 0xffd8) return jpeg(data);
  if (data.subarray(1, 4).equals(Buffer.from('PNG'))) return png(data);
  if (data.toString('latin1', 0, 4) === 'RIFF' && data.toString('latin1', 8, 12) === 'WEBP') return webp(data);
  return assert.fail(`not a picture: ${data.toString('hex', 0, 16)}`);
}

function png(data) {
  assert.equal(data.toString('latin1', 12, 16), 'IHDR');
  assert.equal(data.toString('latin1', data.length - 8, data.length - 4), 'IEND');
  return { format: 'png', width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}

// Walks the segments to the frame header: SOF0 to SOF15, less DHT, JPG and DAC.
function jpeg(data) {
  assert.equal(data.readUInt16BE(data.length - 2), 0xffd9, 'the JPEG is cut off');
  for (let at = 2; at < data.length; at += 2 + data.readUInt16BE(at + 2)) {
    const marker = data.readUInt16BE(at);
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { format: 'jpeg', width: data.readUInt16BE(at + 7), height: data.readUInt16BE(at + 5) };
    }
  }
  return assert.fail('a JPEG without a frame');
}

function webp(data) {
  const kind = data.toString('latin1', 12, 16);
  const of = (width, height) => ({ format: 'webp', width, height });
  if (kind === 'VP8X') return of(1 + data.readUIntLE(24, 3), 1 + data.readUIntLE(27, 3));
  if (kind === 'VP8 ') return of(data.readUInt16LE(26) & 0x3fff, data.readUInt16LE(28) & 0x3fff);
  const bits = data.readUInt32LE(21);
  return of(1 + (bits & 0x3fff), 1 + ((bits >> 14) & 0x3fff));
}
