// What this browser can play, by media type.

const known = new Map<string, boolean>();
let probe: HTMLMediaElement | undefined;

/** canPlay is false only when the browser says so for certain. */
export function canPlay(type: string): boolean {
  let answer = known.get(type);
  if (answer === undefined) {
    probe ??= document.createElement('audio');
    answer = probe.canPlayType(type) !== '';
    known.set(type, answer);
  }
  return answer;
}
