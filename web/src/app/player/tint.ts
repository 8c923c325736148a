// The colour that an artwork lends to the page: a hue and how strong it is. Lightness is not
// taken from the picture: the tokens fix it, so that any artwork keeps its contrast.
import { useEffect, useState } from 'react';

export interface Tint {
  /** Degrees, as in oklch(). */
  hue: number;
  chroma: number;
}

const bins = 24;
const edge = 24;
const strongest = 0.13;

/** Below this mean chroma a picture is black and white to the eye. */
const grey = 0.02;

/** dominant finds the tint of RGBA pixels: the hue that most colour stands in. */
export function dominant(pixels: ArrayLike<number>): Tint {
  const weight = new Float64Array(bins);
  const a = new Float64Array(bins);
  const b = new Float64Array(bins);
  let total = 0;
  for (let i = 0; i + 3 < pixels.length; i += 4) {
    const lab = oklab(pixels[i] ?? 0, pixels[i + 1] ?? 0, pixels[i + 2] ?? 0);
    const chroma = Math.hypot(lab.a, lab.b);
    total += chroma;
    const bin = Math.floor((degrees(lab.a, lab.b) / 360) * bins) % bins;
    // Squared: a small vivid shape says more about a cover than a large dull ground.
    const w = chroma * chroma;
    weight[bin] = (weight[bin] ?? 0) + w;
    a[bin] = (a[bin] ?? 0) + lab.a * w;
    b[bin] = (b[bin] ?? 0) + lab.b * w;
  }
  const mean = total / Math.max(1, pixels.length / 4);
  if (mean < grey) return { hue: 260, chroma: 0.012 };
  let best = 0;
  for (let i = 1; i < bins; i++) if ((weight[i] ?? 0) > (weight[best] ?? 0)) best = i;
  const w = weight[best] || 1;
  const [ca, cb] = [(a[best] ?? 0) / w, (b[best] ?? 0) / w];
  return { hue: Math.round(degrees(ca, cb)), chroma: Math.min(strongest, Math.hypot(ca, cb)) };
}

const degrees = (a: number, b: number): number => ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;

const linear = (v: number): number => {
  const c = v / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};

// Björn Ottosson, "A perceptual color space for image processing", 2020: sRGB to Oklab.
function oklab(r8: number, g8: number, b8: number): { a: number; b: number } {
  const [r, g, b] = [linear(r8), linear(g8), linear(b8)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {
    a: 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    b: 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  };
}

const seen = new Map<string, Promise<Tint | undefined>>();

function tintOf(url: string): Promise<Tint | undefined> {
  let tint = seen.get(url);
  if (tint === undefined) {
    tint = look(url);
    seen.set(url, tint);
  }
  return tint;
}

async function look(url: string): Promise<Tint | undefined> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = edge;
    canvas.height = edge;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) return undefined;
    context.drawImage(image, 0, 0, edge, edge);
    return dominant(context.getImageData(0, 0, edge, edge).data);
  } catch {
    // Without a picture the page keeps its own colour.
    return undefined;
  }
}

/** useTint gives the tint of an artwork as CSS variables, or none until it is known. */
export function useTint(url: string | undefined): React.CSSProperties | undefined {
  const [known, setKnown] = useState<{ url: string; tint: Tint | undefined }>();
  useEffect(() => {
    if (url === undefined) return;
    let live = true;
    void tintOf(url).then((tint) => live && setKnown({ url, tint }));
    return () => {
      live = false;
    };
  }, [url]);
  // The tint before stays until the next is known: no flash of the plain colour between tracks.
  if (url === undefined || known?.tint === undefined) return undefined;
  return {
    '--tint-h': String(known.tint.hue),
    '--tint-c': known.tint.chroma.toFixed(3),
  } as React.CSSProperties;
}
