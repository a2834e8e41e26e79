// Takes an answer's content codings off (RFC 9110 8.4).
import type { IncomingMessage } from "node:http";
import type { Readable, Transform } from "node:stream";

/** More than anybody stacks: each costs memory. */
const MOST_CODINGS = 5;

/** The body in the clear. A coding that is not known stays on, as with Node's own fetch. */
export function decoded(message: IncomingMessage): Readable {
  const codings = (message.headers["content-encoding"] ?? "").toLowerCase().split(",");
  const known = codings.map((coding) => DECODERS.get(coding.trim()));
  if (known.length > MOST_CODINGS || !known.every((make) => make !== undefined)) return message;
  const steps = known.toReversed().map((make) => make());
  const { pipeline } = process.getBuiltinModule("node:stream");
  // An error on the way is met by whoever reads the last of them.
  return pipeline(
    [message, ...steps] as unknown as NodeJS.ReadWriteStream[],
    () => {},
  ) as unknown as Readable;
}

/** As curl and the browsers do: a stream that lacks its last bytes is taken for what it has. */
function options() {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = process.getBuiltinModule("node:zlib").constants;
  return {
    zlib: { flush: Z_SYNC_FLUSH, finishFlush: Z_SYNC_FLUSH },
    brotli: { flush: BROTLI_OPERATION_FLUSH, finishFlush: BROTLI_OPERATION_FLUSH },
  };
}

type Step = Transform | ((source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>);

const gunzip = (): Step => process.getBuiltinModule("node:zlib").createGunzip(options().zlib);

const DECODERS: ReadonlyMap<string, () => Step> = new Map<string, () => Step>([
  ["gzip", gunzip],
  ["x-gzip", gunzip],
  ["deflate", () => inflated],
  ["br", () => process.getBuiltinModule("node:zlib").createBrotliDecompress(options().brotli)],
]);

/** Some servers send it with zlib's header, as they should, some without: the first byte tells. */
async function* inflated(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const { createInflate, createInflateRaw } = process.getBuiltinModule("node:zlib");
  const hasHeader = (first.value[0]! & 0x0f) === 8;
  const decoder = hasHeader ? createInflate(options().zlib) : createInflateRaw(options().zlib);
  const { pipeline, Readable } = process.getBuiltinModule("node:stream");
  const all = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  yield* pipeline(Readable.from(all()), decoder, () => {});
}
