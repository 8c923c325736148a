// A small generator with a seed (mulberry32): the same run asks for the same bytes.
export function generator(seed) {
  let a = seed >>> 0;
  return function next(n) {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n);
  };
}

// forIteration gives each iteration of a scenario its own sequence, whichever user runs it.
export function forIteration(seed, iteration) {
  return generator(seed + Math.imul(iteration + 1, 0x9e3779b1));
}
