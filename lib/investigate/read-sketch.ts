/**
 * How a set of names is found by sets like it: MinHash in bands (Broder 1997; Leskovec, Rajaraman, Ullman, "Mining of
 * Massive Datasets", 3.4). Two sets share one band of `rows` with the probability likeness^rows, so that common names alone
 * bring next to nothing. Short bands find what is half alike, long ones tell apart the many near-duplicates of one crash.
 */
export const BANDS = [
  { bands: 32, rows: 3 },
  { bands: 12, rows: 6 },
] as const;

/** The bands of a set of names, as 32-bit keys. Stored: a change of this function makes older lessons unfindable. */
export function readSketch(projectId: string, tokens: readonly string[]): number[] {
  if (tokens.length === 0) return [];
  const hashes = tokens.map((token) => hashText(`${projectId} ${token}`));
  const keys: number[] = [];
  let seed = 1;
  for (const { bands, rows } of BANDS) {
    for (let band = 0; band < bands; band++) {
      let key = mix(seed);
      for (let row = 0; row < rows; row++) {
        key = mix(key ^ smallest(hashes, seed));
        seed += 1;
      }
      keys.push(key | 0);
    }
  }
  return keys;
}

/** The least of the hashes under the hash function of this number. */
function smallest(hashes: readonly number[], seed: number): number {
  const salt = Math.imul(seed, 0x9e3779b1);
  let least = 0xffffffff;
  for (const hash of hashes) least = Math.min(least, mix(hash ^ salt));
  return least;
}

/** MurmurHash3's finalizer: every bit of the answer depends on every bit of the number. */
function mix(number: number): number {
  let mixed = number ^ (number >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
