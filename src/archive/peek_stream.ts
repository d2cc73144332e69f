/** A stream and how it starts. */
export interface PeekedStream {
  /** The first bytes; fewer than were asked for when the stream is shorter. */
  readonly head: Uint8Array;
  /** The whole stream. */
  readonly stream: ReadableStream<Uint8Array>;
}

/** Returns the first bytes of a stream, and the whole stream again. */
export async function peekStream(
  stream: ReadableStream<Uint8Array>,
  size: number,
): Promise<PeekedStream> {
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  const head = new Uint8Array(size);
  let length = 0;
  while (length < size) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    head.set(value.subarray(0, size - length), length);
    length += value.length;
  }
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = pieces.shift();
      if (piece !== undefined) return controller.enqueue(piece);
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return { head: head.subarray(0, Math.min(length, size)), stream: whole };
}
