// Names of any length, where there is little room.

/** As many characters as tell names apart that begin alike, such as versions of a model. */
const END = 7;

/**
 * Cut in the middle where it doesn't fit: what is seen is its beginning and its end, which styles draw; what is read aloud,
 * selected and copied is the whole.
 */
export function Name({ text }: { text: string }) {
  const characters = [...text];
  const end = characters.length > 2 * END ? characters.slice(-END).join("") : "";
  return (
    <span class="cut" title={text} data-start={text.slice(0, text.length - end.length)} data-end={end}><span>{text}</span></span>
  );
}

/** For where there are no styles, as on a canvas. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  const half = Math.floor((most - 1) / 2);
  return characters.length > most ? `${characters.slice(0, half).join("")}…${characters.slice(-half).join("")}` : text;
}
