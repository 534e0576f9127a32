/** Reads protobuf messages field by field: nothing is made of what nobody asks for. */
import { isUtf8 } from 'node:buffer';
import protobuf from 'protobufjs/minimal.js';
import { messageOf } from '../domain/errors.ts';

/** Bytes that are no such message: cut off, of another type, nested without end. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** A text as it came: one character a byte (latin1) when the bytes were not UTF-8, so that two texts stay two. */
export interface RawText {
  readonly text: string;
  readonly utf8: boolean;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * One message. `next` goes to its next field, and a value that was not read is passed over:
 *
 *     for (const message = new Message(bytes); message.next(); ) if (message.field === 1) message.text();
 *
 * Errors: {@link ProtobufError} from every method.
 */
export class Message {
  /** Number of the field whose value can be read. */
  field = 0;
  #wireType = 0;
  #unread = false;
  readonly #reader: protobuf.Reader;

  constructor(bytes: Uint8Array) {
    this.#reader = protobuf.Reader.create(bytes);
  }

  /** False at the end of the message. */
  next(): boolean {
    return guard(() => {
      const reader = this.#reader;
      if (this.#unread) reader.skipType(this.#wireType);
      this.#unread = false;
      if (reader.pos >= reader.len) return false;
      const tag = reader.uint32();
      this.field = tag >>> 3;
      this.#wireType = tag & 7;
      if (this.field === 0) throw new ProtobufError('there is no field 0');
      this.#unread = true;
      return true;
    });
  }

  /** The bytes of a field: a view, no copy. */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    return guard(() => this.#reader.bytes());
  }

  text(): string {
    return this.rawText().text;
  }

  rawText(): RawText {
    const bytes = this.bytes();
    return rawTextOf(bytes);
  }

  /** An unsigned integer or an enum; beyond 2^53 it is not exact. */
  uint(): number {
    this.#expect(VARINT);
    return guard(() => unsignedOf(this.#reader.uint64()));
  }

  /** A signed integer (`int32`, `int64`); beyond 2^53 it is not exact. */
  int(): number {
    this.#expect(VARINT);
    return guard(() => signedOf(this.#reader.int64()));
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  double(): number {
    this.#expect(FIXED64);
    return guard(() => this.#reader.double());
  }

  /** An unsigned integer of four bytes. */
  fixed32(): number {
    this.#expect(FIXED32);
    return guard(() => this.#reader.fixed32());
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType)
      throw new ProtobufError(`field ${this.field} has wire type ${this.#wireType}, expected ${wireType}`);
    this.#unread = false;
  }
}

/** The text that bytes are. */
export function rawTextOf(bytes: Uint8Array): RawText {
  const utf8 = isUtf8(bytes);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { text: buffer.toString(utf8 ? 'utf8' : 'latin1'), utf8 };
}

type Long = ReturnType<protobuf.Reader['uint64']>;

function unsignedOf(value: Long): number {
  return typeof value === 'number' ? value : (value.high >>> 0) * 2 ** 32 + (value.low >>> 0);
}

function signedOf(value: Long): number {
  return typeof value === 'number' ? value : (value.high | 0) * 2 ** 32 + (value.low >>> 0);
}

/** The reader throws errors of several kinds for what is only broken bytes. */
function guard<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    throw new ProtobufError(inWords(messageOf(error)), { cause: error });
  }
}

/** What the reader means, for whoever sent the bytes. */
function inWords(message: string): string {
  if (/out of range/.test(message)) return 'it ends in the middle of a field';
  if (/wire type/.test(message)) return 'it has a field of a type that there is not';
  if (/varint/.test(message)) return 'it has a number of more than 64 bits';
  return /depth|nest|recursion/.test(message) ? 'its groups nest too deep' : 'it is not well formed';
}
