/** Control characters, and those that turn the direction of writing. */
const INVISIBLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Makes a text safe to show: what could steer a terminal, or begin a line of its
 * own, becomes an escape such as `\u001b`. Names in images are free text, and
 * come from whoever made the image.
 */
export function visible(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Makes each line of a text safe to show; the lines stay. */
export function visibleLines(text: string): string {
  return text.split("\n").map(visible).join("\n");
}

/** Quotes a name for a message. */
export function quote(name: string): string {
  return `"${visible(name)}"`;
}
