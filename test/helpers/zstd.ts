/** `INCIDENT_TEXT`, compressed by the zstd program, version 1.5.4: Node.js 20 cannot compress it itself. */
export const INCIDENT_ZSTD: Buffer = Buffer.from(
  [
    'KLUv/QRobQ0AJtdGIDCxGwwJ2z6TMoAjzf5Ij4WTJj+67m/TJNngGzgoGFQBPAA+AD0AHXF7O7T9v035Pu952/u8ffuedTC6nbtj',
    'e6w6IfWD+kXf39iNZnKWN7NKs6VAzGteNEGqC0YoTHpycllXdcucm5vhw37Olqkugap1VkRiT0H9HDlP1bt3FCX21axraszJSjvt',
    '4gtD2TInlDudDrZ1E1K7uU8FoSlS/ByWbmddTNZLbtu8ABTTAGZkywCM5u4ovf2o+6kq8m//bx9MJN3kJpVSy9CSbzTtVL2zd3x+',
    '8IMf20+59CxXgbdvf2pIcQX9P8mWaVoG4aqRj2aY5CCG0Lt9e3txUAgKCgli2LH/vSWPFVnphjIWOYnhJF0EYbEVS3KVBjggYGSC',
    'GcLzk1ScJF+HQBaSkbPhfSYriSjx3wUA+1zwRbHMMWRXoltFHMbaaF7rQ6i2rgPZYg41RALGkQ7iJceD3ALoFQb/kLpwQKohKcBz',
    'GLQGgMDDZhDKESFDJ78hwQx+VNYhDPMFqCCIugaXcX5onIV862ccsHBis9Een7eH74wJX0vewkOu9ViT2hAFZmaNUg==',
  ].join(''),
  'base64',
);

/** A frame that unpacks to so many blocks of 128 KiB of one byte each: what a hostile sender would make. */
export function zstdBomb(blocks: number): Buffer {
  // Magic, a header that asks for a window of 128 KiB, then blocks of kind "run length", each with its size in 21 bits.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
  const body = Buffer.alloc(4 * blocks);
  for (let block = 0; block < blocks; block++) {
    const last = block === blocks - 1 ? 1 : 0;
    body.writeUIntLE(((128 * 1024) << 3) | 2 | last, 4 * block, 3);
  }
  return Buffer.concat([head, body]);
}
