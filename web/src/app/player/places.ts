// Where each track was left. One small map in the browser's storage; the oldest places fall
// out first, so that a long life of listening does not fill it.

export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

const key = 'segue.places';
const limit = 300;

/** A place this near to the start or the end, in seconds, is no place: the track starts at 0. */
const edge = 5;

/** For a short track the edge is this part of its length. */
const edgePart = 0.05;

export class Places {
  // Insertion order is age: a place that is set again moves to the end.
  private readonly at = new Map<string, number>();

  constructor(private readonly store: Store | undefined) {
    for (const [path, seconds] of read(store)) this.at.set(path, seconds);
  }

  get(path: string): number {
    return this.at.get(path) ?? 0;
  }

  /** set remembers a place, or forgets it near the start and the end. */
  set(path: string, seconds: number, duration: number): void {
    this.at.delete(path);
    const length = Number.isFinite(duration) && duration > 0 ? duration : Number.POSITIVE_INFINITY;
    const near = Math.min(edge, length * edgePart);
    if (seconds >= near && seconds <= length - near) {
      // Tenths are finer than anyone can tell, and keep the stored text short.
      this.at.set(path, Math.round(seconds * 10) / 10);
    }
    this.write();
  }

  forget(path: string): void {
    if (this.at.delete(path)) this.write();
  }

  private write(): void {
    for (const oldest of this.at.keys()) {
      if (this.at.size <= limit) break;
      this.at.delete(oldest);
    }
    try {
      this.store?.setItem(key, JSON.stringify([...this.at]));
    } catch {
      // Storage may be full or forbidden: the places then last as long as the page.
    }
  }
}

function read(store: Store | undefined): [string, number][] {
  try {
    const saved: unknown = JSON.parse(store?.getItem(key) ?? '[]');
    return Array.isArray(saved) ? saved.filter(isPlace) : [];
  } catch {
    return [];
  }
}

const isPlace = (v: unknown): v is [string, number] =>
  Array.isArray(v) && typeof v[0] === 'string' && Number.isFinite(v[1]) && v[1] > 0;
